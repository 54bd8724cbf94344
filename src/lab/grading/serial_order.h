// SPDX-License-Identifier: Apache-2.0
// Finds an order of all events of a run in which every answer is right.
#pragma once

#include <cstdint>

#include "lab/grading/possible.h"

namespace passbook {

/// Searches for an order of all events that keeps each customer's order and the phases, and gives
/// the observed answers on one balance. An `unknown` write takes effect once, at its time or later,
/// or never. The seed decides what is tried first. `undecided` if the steps run out. Sums must fit
/// in an int64.
Possibility find_serial_order(const ObservedRun& run, std::uint64_t seed, std::uint64_t steps);

}  // namespace passbook
