// SPDX-License-Identifier: Apache-2.0
// Colour on terminals, unless NO_COLOR is set (https://no-color.org).
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace passbook {

enum class Colour : std::uint8_t { bold, dim, red, green, yellow };

class Palette {
 public:
  /// The palette for output to `out`.
  static Palette of(std::FILE* out);
  explicit Palette(bool coloured) : coloured_(coloured) {}

  /// The text, or the text between escape sequences.
  std::string paint(Colour colour, std::string_view text) const;

 private:
  bool coloured_;
};

}  // namespace passbook
