// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/page.h"

#include <initializer_list>

#include "lab/picture/encode.h"
#include "lab/picture/page_parts.h"
#include "lab/picture/words.h"

namespace passbook::picture {
namespace {

/// A placeholder in page.html, and the text for it.
using Part = std::pair<std::string_view, std::string_view>;

/// The text with every placeholder replaced. Inserted text is not searched again, since a trace may
/// contain anything.
std::string filled(std::string_view text, std::initializer_list<Part> parts) {
  std::string out;
  while (!text.empty()) {
    std::size_t at = text.size();
    Part next;
    for (const Part& part : parts) {
      if (const std::size_t found = text.find(part.first); found < at) {
        at = found;
        next = part;
      }
    }
    out += text.substr(0, at);
    out += next.second;
    text.remove_prefix(at + next.first.size());
  }
  return out;
}

}  // namespace

std::string html_page(const trace::Trace& trace, const PageOptions& options) {
  return filled(kPageHtml, {{"@title@", escaped(options.title)},
                            {"@styles@", kPageCss},
                            {"@script@", kPageScript},
                            {"@trace@", encode(trace, facts_of(trace), options.title)}});
}

}  // namespace passbook::picture
