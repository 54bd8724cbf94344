// SPDX-License-Identifier: Apache-2.0
// Reads lists of events with logical clocks: by customer, by branch, and all events flat.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "lab/grading/clock_lists.h"
#include "lab/scenario/reader.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// A file that was read.
struct ClockFile {
  std::string name;
  std::string text;
};

/// The lists of one or many files, put together by what they list.
struct ReadClockLists {
  clocks::Lists lists;
  std::vector<std::string> places;  ///< "FILE:LINE:COLUMN" of each place in `lists`
  std::vector<std::string> notes;   ///< what was tolerated, each kind once a file
};

/// Reads lists; what a list is about shows from its objects. A file holds one or many arrays, one
/// after another. What pasted files get wrong is tolerated, as it is in scenarios, and so is
/// "propogate_", the published spelling; a list that spells it in both ways gets a note.
std::expected<ReadClockLists, InputError> read_clock_lists(std::span<const ClockFile> files);

/// What the lists of a scenario's run must be about; requests are called by names_of_events.
clocks::Plan clock_plan(const Scenario& scenario);

}  // namespace passbook
