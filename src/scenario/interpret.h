// SPDX-License-Identifier: Apache-2.0
// Makes a scenario of a JSON tree: the meaning of the dialects, and the rules that they share.
#pragma once

#include <expected>

#include "customer/scenario.h"
#include "scenario/json_tree.h"
#include "scenario/reader.h"
#include "scenario/remarks.h"

namespace passbook {

struct Interpretation {
  Scenario scenario;
  Remarks tolerated;  ///< what only a lenient reading accepts
  Remarks warnings;
};

/// The first thing that is wrong is the error; its message names customer and event.
std::expected<Interpretation, JsonError> interpret(const JsonValue& root, Leniency leniency);

}  // namespace passbook
