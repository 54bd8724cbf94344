// SPDX-License-Identifier: Apache-2.0
#include "app/colour.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace passbook {
namespace {

int code_of(Colour colour) {
  switch (colour) {
    case Colour::bold:
      return 1;
    case Colour::dim:
      return 2;
    case Colour::red:
      return 31;
    case Colour::green:
      return 32;
    case Colour::yellow:
      return 33;
  }
  return 0;
}

}  // namespace

Palette Palette::of(std::FILE* out) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return Palette(isatty(fileno(out)) == 1 && (no_color == nullptr || *no_color == '\0') &&
                 term != nullptr && std::string_view(term) != "dumb");
}

std::string Palette::paint(Colour colour, std::string_view text) const {
  return coloured_ && !text.empty() ? fmt::format("\033[{}m{}\033[0m", code_of(colour), text)
                                    : std::string(text);
}

}  // namespace passbook
