// SPDX-License-Identifier: Apache-2.0
// Writes a scenario as a file of its dialect.
#pragma once

#include <string>

#include "lab/scenario/scenario.h"

namespace passbook {

/// Strict JSON, an event a line, which read_scenario reads as the same scenario. Queries carry
/// "money" (the opening, which means nothing), events "dest" or "branch", and customers have
/// "customer-requests" where the dialect says so. An event at another branch than its customer's
/// own needs a dialect that names branches; requests need ids.
std::string write_scenario(const Scenario& scenario);

}  // namespace passbook
