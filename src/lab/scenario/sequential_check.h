// SPDX-License-Identifier: Apache-2.0
// Whether an output file is right for a scenario that ran sequentially: the verdict in words.
#pragma once

#include <string>
#include <vector>

#include "lab/scenario/results_reader.h"
#include "lab/scenario/scenario.h"

namespace passbook {

struct Verdict {
  bool right = false;
  bool undecided = false;             ///< neither right nor wrong, as far as was looked
  std::string summary;                ///< one line: "output.json: right: ..." or "...: wrong: ..."
  std::vector<std::string> findings;  ///< one line each: "output.json:2:40: customer 2, event 3:
                                      ///< query shows 500, must be 570"; none when right
  std::size_t answers = 0;            ///< that the file must show
  std::size_t explained = 0;          ///< those of them that no finding is about
};

/// Judges the listings one after another in file order, on one balance.
Verdict check_sequential(const Scenario& scenario, const ReadResults& results);

}  // namespace passbook
