// SPDX-License-Identifier: Apache-2.0
// Checks lists of logical clocks, and reports the findings with their places.
#pragma once

#include <string>
#include <vector>

#include "lab/scenario/clock_lists_reader.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// Everything that is wrong: events that can't be read, then findings on lists of messages, then
/// findings on lists of steps. Each is one line with its place, or with `name` if it has none.
std::vector<std::string> judge_clock_lists(const ReadClockLists& read, const std::string& name,
                                           const clocks::Plan* plan);

/// The branches and requests that the lists of a run must cover. Request ids: see event_numbers.
clocks::Plan clock_plan(const Scenario& scenario);

}  // namespace passbook
