// SPDX-License-Identifier: Apache-2.0
// Makes a scenario smaller as long as something about it stays true.
#pragma once

#include <functional>

#include "lab/scenario/scenario.h"

namespace passbook::trial {

/// Tells whether a smaller scenario still fails. It may cost seconds.
using StillFails = std::function<bool(const Scenario&)>;

/// Takes away customers, then events, then branches that nobody visits; at last it makes amounts
/// smaller, and begins again until nothing more can go (Zeller, Hildebrandt: "Simplifying and
/// isolating failure-inducing input", 2002). All that is tried can be written in the scenario's
/// dialect. The result fails, if `failing` does.
Scenario shrink(Scenario failing, const StillFails& still_fails);

}  // namespace passbook::trial
