// SPDX-License-Identifier: Apache-2.0
// `passbook check --output`: judges one output file, or as many as a class hands in.
#pragma once

#include <string>
#include <vector>

#include "lab/scenario/output_check.h"

namespace passbook {

/// An exit status besides the common ones: the budget was too small to decide.
inline constexpr int kUndecided = 3;

/// The arguments as typed.
struct OutputArguments {
  std::vector<std::string> inputs;   ///< scenarios; several make a matrix
  std::vector<std::string> outputs;  ///< files and directories
  std::string pattern;               ///< a glob for file names in directories; "": all files
  std::string schedule = "auto";
  std::string consistency = "session";
  std::string model = "session";
  std::string budget = "10s";
  std::string format = "table";
  bool lenient = false;
  bool all = false;     ///< print all findings, not only the first ones
  bool points = false;  ///< print each event and its points
};

/// Judges the outputs, prints the verdicts, and returns the exit status of the worst one. From the
/// worst to the best: unreadable, wrong, undecided, right.
int check_outputs(const OutputArguments& arguments);

}  // namespace passbook
