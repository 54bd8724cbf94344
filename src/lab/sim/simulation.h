// SPDX-License-Identifier: Apache-2.0
// One whole bank, from its opening to the verdict of the judges, in one thread and from one seed.
#pragma once

#include "lab/sim/setup.h"
#include "lab/sim/verdict.h"

namespace passbook::sim {

/// Plays the setup: trouble and customers for its duration; then the trouble ends, everything has
/// a bounded time to agree, every branch is asked to serve once more, and the judges judge.
Result simulate(const Setup& setup);

}  // namespace passbook::sim
