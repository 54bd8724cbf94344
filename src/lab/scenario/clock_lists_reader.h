// SPDX-License-Identifier: Apache-2.0
// Reads lists of events with logical clocks: by customer, by branch, all events in one list, or the
// steps of requests.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "lab/grading/clock_lists.h"
#include "lab/grading/step_lists.h"
#include "lab/scenario/reader.h"

namespace passbook {

/// The name and the content of a file.
struct ClockFile {
  std::string name;
  std::string text;
};

/// The lists of one or more files, merged by kind.
struct ReadClockLists {
  clocks::Lists lists;
  clocks::StepLists steps;          ///< from files that list the steps of requests
  std::vector<std::string> places;  ///< "FILE:LINE:COLUMN" of each place in the lists
  std::vector<std::string> faults;  ///< events that can't be read, each with its place
  std::vector<std::string> notes;   ///< what was tolerated, each kind once per file
};

/// Reads lists, and tells their kind from their objects. A file holds one or more arrays, one after
/// another, or objects without an array. An event that can't be read is a fault; the rest is read.
/// It is an error if none can be read. Mistakes in pasted files are tolerated, as in scenarios, and
/// so is "propogate_", the published spelling. A list with both spellings gets a note, and so do
/// other spellings of keys, and "deposit_propagate".
std::expected<ReadClockLists, InputError> read_clock_lists(std::span<const ClockFile> files);

}  // namespace passbook
