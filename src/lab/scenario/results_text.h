// SPDX-License-Identifier: Apache-2.0
// Finds the results in what a program printed: strict JSON, or what comes near to it.
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"

namespace passbook {

/// Arrays of objects, and objects that stand alone, in the order of the text.
struct ResultsText {
  std::vector<JsonValue> pieces;  ///< at least one; their offsets are those of the text
  Remarks tolerated;              ///< empty for strict JSON
};

/// Reads strict JSON as it is: one piece. Else reads what `repair_json` can repair among any text:
/// all arrays of objects that are results by their keys, and all such objects. A text that starts
/// with an array is that array when there is nothing of the kind. The error is that of the strict
/// reading when nothing can be read.
std::expected<ResultsText, JsonError> find_results(std::string_view text);

/// The object or array that a string holds, which must hold nothing else; all of it has `offset`.
std::optional<JsonValue> read_quoted(std::string_view text, std::size_t offset);

}  // namespace passbook
