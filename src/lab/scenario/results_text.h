// SPDX-License-Identifier: Apache-2.0
// Finds the results in the output of a program: strict JSON, or something close to it.
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"

namespace passbook {

/// Arrays of objects, and single objects, in the order of the text.
struct ResultsText {
  std::vector<JsonValue> pieces;  ///< at least one, with offsets in the text
  Remarks tolerated;              ///< empty for strict JSON
};

/// A strict JSON array is one piece. In any other text, the pieces are all arrays of objects that
/// have the keys of results, and all single objects that do, as far as `repair_json` can repair
/// them. If there are none, but the text starts with an array, that array is the piece. If nothing
/// can be read, the error is that of a strict reading.
std::expected<ResultsText, JsonError> find_results(std::string_view text);

/// The object or array in a string that holds nothing else. All its values get this `offset`.
std::optional<JsonValue> read_quoted(std::string_view text, std::size_t offset);

}  // namespace passbook
