// SPDX-License-Identifier: Apache-2.0
// Somebody's program, and what it is run on.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "lab/scenario/output_check.h"
#include "lab/scenario/scenario.h"
#include "lab/trial/guard.h"
#include "lab/trial/isolation.h"

namespace passbook {

/// How a program is started.
struct Program {
  std::string folder;  ///< copied for each run
  std::string run;     ///< a shell command; {input} and {output} stand for files
  std::string serve;   ///< the same, of a server that is started before; "" for none
  std::string place;   ///< where in the copy the scenario is written; "": wherever {input} is
  trial::Limits limits;
  bool slow = false;
  trial::Isolation isolation = trial::Isolation::none;
};

/// A scenario that a program is tried on.
struct TryCase {
  std::string name;
  std::string wants;  ///< what the specification wants here, in one line; may be empty
  Scenario scenario;
};

/// Where cases come from.
struct CaseArguments {
  std::vector<std::string> scenarios;  ///< files, and folders of .json files
  std::uint64_t generate = 0;          ///< how many to make up
  std::uint64_t seed = 1;
  std::string dialects = "spec";   ///< a comma list of those that the program is for
  std::vector<std::string> names;  ///< of built-in cases; empty for all
};

struct Cases {
  std::vector<TryCase> tried;
  std::vector<std::string> not_tried;  ///< names of cases in other dialects
};

/// The built-in cases if neither files nor generated ones are asked for. The error names the option
/// or the file.
std::expected<Cases, std::string> find_cases(const CaseArguments& arguments);

}  // namespace passbook
