// SPDX-License-Identifier: Apache-2.0
// The results of a scenario in a bank with one balance that serves one request at a time.
#pragma once

#include "lab/scenario/scenario.h"

namespace passbook {

/// Performs the listings one after another in file order on one balance. A withdrawal above the
/// balance fails, as does a deposit that would overflow it. Every other event succeeds.
ScenarioResults perform_sequentially(const Scenario& scenario);

}  // namespace passbook
