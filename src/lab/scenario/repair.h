// SPDX-License-Identifier: Apache-2.0
// Turns what people paste into strict JSON, and remembers which part came from where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"

namespace passbook {

/// A text whose pieces were copied from an original or put in their place.
class RepairedText {
 public:
  /// Appends a piece of the original.
  void copy(std::string_view original, std::size_t from, std::size_t to);

  /// Appends text that stands for what is at `offset` of the original.
  void put(std::string_view text, std::size_t offset);

  /// Overwrites one byte with a space.
  void blank(std::size_t at) { text_[at] = ' '; }

  const std::string& text() const { return text_; }

  /// Where in the original the byte at `at` came from.
  std::size_t original_offset(std::size_t at) const;

 private:
  struct Piece {
    std::size_t at;
    std::size_t offset;
    bool copied;
  };

  std::string text_;
  std::vector<Piece> pieces_;  // in order of `at`
};

struct Repair {
  RepairedText repaired;
  Remarks tolerated;    ///< offsets are those of the original
  std::size_t end = 0;  ///< of the outermost bracket, in the original
};

/// What a text is.
enum class RepairScope {
  text,   ///< one array, among other text
  piece,  ///< begins with a bracket; what comes after its end doesn't matter
  lines,  ///< objects one after another, which become one array
};

/// Rewrites trailing and missing commas, curly and single quotes, Python literals, comments (of
/// C, C++, Python, and Markdown's code fences), and text before and after the one array. All
/// else stays as it is: valid JSON comes back unchanged and other errors are left to the parser.
/// Text before the array is not skipped when it starts with a brace. Takes linear time.
///
/// Of a piece all this; a key in the place of a value: `'result': 'balance': 400` becomes
/// `'balance': 400`; and NaN and Infinity, which become words.
Repair repair_json(std::string_view text, RepairScope scope = RepairScope::text);

/// Whether a text is objects one after another, without an array around them, and each of them
/// fits.
bool is_objects_without_array(std::string_view text, bool (*fits)(const JsonObject& object));

}  // namespace passbook
