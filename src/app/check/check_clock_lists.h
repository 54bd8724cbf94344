// SPDX-License-Identifier: Apache-2.0
// The judge of lists of logical clocks, on the command line.
#pragma once

#include <string>
#include <vector>

#include "app/arguments.h"

namespace passbook {

/// The arguments of `check --clock-lists`.
struct ClockListWords {
  std::vector<std::string> paths;  ///< files, and directories whose *.json files are read
  std::string scenario;            ///< "": the lists are judged on their own
  bool lenient = false;            ///< for the scenario
  bool all = false;                ///< print all findings, not only the first ones
};

/// Reads the lists, judges them together, prints the verdict and returns the exit status.
int check_clock_lists(const ClockListWords& words, Format format);

}  // namespace passbook
