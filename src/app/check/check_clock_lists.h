// SPDX-License-Identifier: Apache-2.0
// The judge of lists of logical clocks, on the command line.
#pragma once

#include <string>
#include <vector>

#include "app/arguments.h"

namespace passbook {

/// What `check --clock-lists` was given.
struct ClockListWords {
  std::vector<std::string> paths;  ///< files, and directories whose *.json are meant
  std::string scenario;            ///< "": judged by what they say themselves
  bool lenient = false;            ///< how the scenario is read
  bool all = false;                ///< print all findings, not the first of them only
};

/// Reads the lists, judges them together, prints the verdict and returns the exit status.
int check_clock_lists(const ClockListWords& words, Format format);

}  // namespace passbook
