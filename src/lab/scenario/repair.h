// SPDX-License-Identifier: Apache-2.0
// Turns pasted text into strict JSON, and remembers where each part came from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"

namespace passbook {

/// A text made of pieces that were copied from an original, or that replace a part of it.
class RepairedText {
 public:
  /// Appends a piece of the original.
  void copy(std::string_view original, std::size_t from, std::size_t to);

  /// Appends text that replaces something at `offset` of the original.
  void put(std::string_view text, std::size_t offset);

  /// Overwrites one byte with a space.
  void blank(std::size_t at) { text_[at] = ' '; }

  const std::string& text() const { return text_; }

  /// The offset in the original that the byte at `at` came from.
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
  Remarks tolerated;    ///< with offsets in the original
  std::size_t end = 0;  ///< the end of the outermost bracket in the original
};

/// What a text contains.
enum class RepairScope {
  text,   ///< one array within other text
  piece,  ///< a bracket, up to its end; the text after it doesn't matter
  lines,  ///< objects one after another, which become one array
};

/// Repairs trailing and missing commas, curly and single quotes, Python literals, comments (of C,
/// C++, Python, and Markdown code fences), and text before and after the one array. Nothing else
/// changes: valid JSON comes back as it is, and other errors are left to the parser. Text before
/// the array is not skipped if it starts with a brace. Takes linear time.
///
/// In a piece it also repairs a key in the place of a value (`'result': 'balance': 400` becomes
/// `'balance': 400`), and turns NaN and Infinity into strings.
Repair repair_json(std::string_view text, RepairScope scope = RepairScope::text);

/// Whether a text consists of objects without an array around them, and `fits` is true for each of
/// them.
bool is_objects_without_array(std::string_view text, bool (*fits)(const JsonObject& object));

}  // namespace passbook
