// SPDX-License-Identifier: Apache-2.0
// Histories in sentences, for those who must find out what went wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/history.h"

namespace passbook::history {

std::string_view to_string(Kind kind);
std::string_view to_string(Level level);
/// The word that answers carry: "INSUFFICIENT_FUNDS"; for one that there was not, "no answer".
std::string_view to_string(Result result);

/// "branch 2" for the first incarnation, then "branch 2 (incarnation 3)".
std::string name_of(Origin origin);
/// "entry 7 of branch 2".
std::string name_of(const EntryId& entry);
/// "request 12 of customer 3", with the session when it is not the first.
std::string name_of(const RequestId& request);

/// One line, without the time: "branch 2 applied entry 7 of branch 1 (+3.50 on account 1): 12".
std::string describe(const What& what);

/// Indices of the events that matter to a violation, ascending, at most `most`, the latest of them:
/// those that it names, all that concern the same requests and entries, and what befell the
/// branches that are named.
std::vector<std::size_t> excerpt(const History& history, const Violation& violation,
                                 std::size_t most);

}  // namespace passbook::history
