// SPDX-License-Identifier: Apache-2.0
// Whether lists of logical clocks are right: the findings in words, with their places.
#pragma once

#include <string>
#include <vector>

#include "lab/scenario/clock_lists_reader.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// All that is wrong, in the order of the places: events that can't be read, and what the judges of
/// both kinds of lists find. Each is one line with its place, or with `name` when it has none.
std::vector<std::string> judge_clock_lists(const ReadClockLists& read, const std::string& name,
                                           const clocks::Plan* plan);

/// What the lists of a scenario's run must be about; requests are called by names_of_events.
clocks::Plan clock_plan(const Scenario& scenario);

}  // namespace passbook
