// SPDX-License-Identifier: Apache-2.0
// Writes a scenario as a file of its dialect.
#pragma once

#include <string>

#include "lab/scenario/scenario.h"

namespace passbook {

/// Strict JSON, one event per line. read_scenario reads it as the same scenario. If the dialect
/// says so, queries carry "money" (the opening, as a placeholder), events "dest" or "branch", and
/// customers have "customer-requests". Events at branches other than the customer's own need a
/// dialect that names branches. Requests need ids.
std::string write_scenario(const Scenario& scenario);

}  // namespace passbook
