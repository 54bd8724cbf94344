// SPDX-License-Identifier: Apache-2.0
// Makes a scenario of a JSON tree: the meaning of the dialects, and the rules that they share.
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

/// The first thing that is wrong is the error; its message names customer and event.
std::expected<Interpretation, JsonError> interpret(const JsonValue& root, Leniency leniency);

}  // namespace passbook
