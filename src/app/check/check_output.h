// SPDX-License-Identifier: Apache-2.0
// `passbook check --output`: judges one output file, or as many as a class hands in.
#pragma once

#include <string>
#include <vector>

#include "lab/scenario/output_check.h"

namespace passbook {

/// Exit status beside those of every command: neither right nor wrong within the budget.
inline constexpr int kUndecided = 3;

/// As they were typed.
struct OutputWords {
  std::vector<std::string> inputs;   ///< scenarios; several make a matrix
  std::vector<std::string> outputs;  ///< files and directories
  std::string pattern;               ///< of the names of files in directories; "": all
  std::string schedule = "auto";
  std::string consistency = "session";
  std::string model = "session";
  std::string budget = "10s";
  std::string format = "table";
  bool lenient = false;
  bool all = false;     ///< print all findings, not the first of them only
  bool points = false;  ///< print each event, with its point
};

/// Judges, prints, and returns the exit status: that of the worst verdict, where unreadable is
/// worse than wrong, wrong than undecided, and undecided than right.
int check_outputs(const OutputWords& words);

}  // namespace passbook
