// SPDX-License-Identifier: Apache-2.0
// What a scenario comes to when one clerk with one book serves everybody in turn.
#pragma once

#include "lab/scenario/scenario.h"

namespace passbook {

/// Performs the listings one after another in file order on one balance. A withdrawal above the
/// balance fails, as does a deposit after which the balance would not fit; all else succeeds.
ScenarioResults perform_sequentially(const Scenario& scenario);

}  // namespace passbook
