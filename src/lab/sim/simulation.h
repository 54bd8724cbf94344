// SPDX-License-Identifier: Apache-2.0
// One whole bank, from its opening to the judges' verdict, in one thread and from one seed.
#pragma once

#include "lab/sim/setup.h"
#include "lab/sim/verdict.h"

namespace passbook::sim {

/// Plays the setup: trouble and customers for its duration. Then the trouble ends, the branches
/// have a bounded time to agree, every branch must serve once more, and the judges judge.
Result simulate(const Setup& setup);

}  // namespace passbook::sim
