// SPDX-License-Identifier: Apache-2.0
// The judge of lists of logical clocks, on the command line.
#pragma once

#include <string>
#include <vector>

#include "app/arguments.h"

namespace passbook {

/// The arguments of `check --clock-lists`.
struct ClockListArguments {
  std::vector<std::string> paths;  ///< files, and folders of .json files
  std::string scenario;            ///< "": the lists are judged on their own
  bool lenient = false;            ///< for the scenario
  bool all = false;                ///< print all findings, not only the first ones
};

/// Reads the lists, judges those of one run together, prints the verdicts and returns the exit
/// status, of several runs the worst. Files that are named and those directly in folders that are
/// named are of one run; each folder within such a folder is a run of its own.
int check_clock_lists(const ClockListArguments& arguments, Format format);

}  // namespace passbook
