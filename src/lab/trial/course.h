// SPDX-License-Identifier: Apache-2.0
// The scenarios that every implementation of the course's bank should get right.
#pragma once

#include <string>
#include <vector>

#include "lab/scenario/scenario.h"

namespace passbook::trial {

struct CourseCase {
  std::string name;     ///< "two-rounds"; one word, also a file name
  std::string dialect;  ///< as `generate --dialect` names it
  std::string wants;    ///< what the specification wants here, in one line
  Scenario scenario;
};

/// All of them, the simplest first. Amounts are whole.
std::vector<CourseCase> course_cases();

}  // namespace passbook::trial
