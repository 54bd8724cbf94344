// SPDX-License-Identifier: Apache-2.0
// Reads lists of events with logical clocks: by customer, by branch, all events flat,
// or by the steps of requests.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "lab/grading/clock_lists.h"
#include "lab/grading/step_lists.h"
#include "lab/scenario/reader.h"

namespace passbook {

/// A file that was read.
struct ClockFile {
  std::string name;
  std::string text;
};

/// The lists of one or many files, put together by what they list.
struct ReadClockLists {
  clocks::Lists lists;
  clocks::StepLists steps;          ///< of files that name the steps of a request
  std::vector<std::string> places;  ///< "FILE:LINE:COLUMN" of each place in `lists`
  std::vector<std::string> faults;  ///< events that can't be read, each with its place
  std::vector<std::string> notes;   ///< what was tolerated, each kind once a file
};

/// Reads lists; what a list is about shows from its objects. A file holds one or many arrays, one
/// after another, or objects without an array. An event that can't be read is a fault, and the rest
/// is read; a file without one that can be read is an error. What pasted files get wrong is
/// tolerated, as it is in scenarios, and so is "propogate_", the published spelling; a list that
/// spells it in both ways gets a note. So do other spellings of keys, and "deposit_propagate".
std::expected<ReadClockLists, InputError> read_clock_lists(std::span<const ClockFile> files);

}  // namespace passbook
