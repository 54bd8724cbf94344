// SPDX-License-Identifier: Apache-2.0
// One order of all events of a run in which every answer is the one right answer.
#pragma once

#include <cstdint>

#include "lab/grading/possible.h"

namespace passbook {

/// Looks for an order of all events, each customer's own order and the phases kept, such that on
/// one balance each request has the answer that was observed. What is `unknown` takes effect once,
/// at its time or later, or never. The seed decides what is tried first. `undecided` when the steps
/// are used up. Sums must fit in an int64.
Possibility find_serial_order(const ObservedRun& run, std::uint64_t seed, std::uint64_t steps);

}  // namespace passbook
