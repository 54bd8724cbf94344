// SPDX-License-Identifier: Apache-2.0
// Histories in sentences, for those who must find out what went wrong.
#pragma once

#include <string>
#include <vector>

#include "lab/judges/history.h"

namespace passbook::history {

/// One line, without the time: "branch 2 applied entry 7 of branch 1 (+3.50 on account 1): 12".
std::string describe(const What& what);

/// Indices of the events that matter to a violation, ascending, at most `most`, the latest of them:
/// those that it names, all that concern the same requests and entries, and what befell the
/// branches that are named.
std::vector<std::size_t> excerpt(const History& history, const Violation& violation,
                                 std::size_t most);

}  // namespace passbook::history
