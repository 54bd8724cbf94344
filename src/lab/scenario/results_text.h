// SPDX-License-Identifier: Apache-2.0
// Finds the results in what a program printed: strict JSON, or what comes near to it.
#pragma once

#include <expected>
#include <string_view>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"

namespace passbook {

/// One array of objects, and what was tolerated to read it.
struct ResultsText {
  JsonValue root;     ///< its offsets are those of the text
  Remarks tolerated;  ///< empty for strict JSON
};

/// Reads strict JSON as it is. Else reads what `repair_json` can repair, also one object after
/// another without an array, among any text: the first array of objects that are results by their
/// keys, or all such objects. A text that starts with an array is that array, whatever is in it.
/// The error is that of the strict reading when nothing of the kind is there.
std::expected<ResultsText, JsonError> find_results(std::string_view text);

}  // namespace passbook
