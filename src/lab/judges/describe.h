// SPDX-License-Identifier: Apache-2.0
// Histories as sentences, for people who investigate a failure.
#pragma once

#include <string>
#include <vector>

#include "lab/judges/history.h"

namespace passbook::history {

/// One line, without the time: "branch 2 applied entry 7 of branch 1 (+3.50 on account 1): 12".
std::string describe(const What& what);

/// The indices of the events that matter to a violation, ascending, and only the latest `most`: the
/// events that it names, all events of the same requests and entries, and crashes and the like of
/// the named branches.
std::vector<std::size_t> excerpt(const History& history, const Violation& violation,
                                 std::size_t most);

}  // namespace passbook::history
