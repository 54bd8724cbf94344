// SPDX-License-Identifier: Apache-2.0
// Makes a scenario from a JSON tree: the meaning of each dialect, and the rules that they share.
#pragma once

#include <expected>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/reader.h"
#include "lab/scenario/remarks.h"
#include "lab/scenario/scenario.h"

namespace passbook {

struct Interpretation {
  Scenario scenario;
  Remarks tolerated;  ///< what only a lenient reading accepts
  Remarks warnings;
};

/// The error is the first one found. Its message names the customer and the event.
std::expected<Interpretation, JsonError> interpret(const JsonValue& root, Leniency leniency);

}  // namespace passbook
