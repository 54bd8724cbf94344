// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/clock_parts.h"

#include "lab/scenario/clock_words.h"
#include "lab/scenario/json_tree.h"
#include "lab/scenario/source_text.h"

namespace passbook {
namespace {

/// One part per array. A part begins where the previous array ends; the last part takes the rest of
/// the text. A string ends with its line at the latest, as in repair_json.
std::vector<ClockPart> find_arrays(std::string_view text) {
  std::vector<std::size_t> ends;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      at += c == '\\' ? 1 : 0;
      in_string = c != '"' && c != '\n';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']' && depth > 0) {
      --depth;
      if (depth == 0) {
        ends.push_back(at + 1);
      }
    }
  }
  std::vector<ClockPart> arrays;
  std::size_t from = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    arrays.push_back({from, ends[i]});
    from = ends[i];
  }
  arrays.push_back({from, text.size()});
  return arrays;
}

/// Whether an object is one of a list of clocks.
bool has_events(const JsonObject& object) {
  return find_ignoring_spelling(object, "events") != nullptr ||
         find_ignoring_spelling(object, "data") != nullptr ||
         find_ignoring_spelling(object, "logical_clock") != nullptr;
}

}  // namespace

std::vector<ClockPart> find_clock_parts(std::string_view text) {
  if (is_objects_without_array(text, has_events)) {
    return {{0, text.size(), RepairScope::lines}};
  }
  return find_arrays(text);
}

}  // namespace passbook
