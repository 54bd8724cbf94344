// SPDX-License-Identifier: Apache-2.0
// What the processes of a run are called, and the files and directories that are theirs.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "lab/runner/runner.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// Who asks for the final balances.
inline constexpr const char* kAuditor = "auditor";

std::string name_of(BranchId id);
std::string name_of(CustomerId id);

/// Of all processes; their logs are NAME.log.
std::vector<std::string> process_names(const Scenario& scenario);

/// Where a branch keeps its journal.
std::string directory_of(BranchId id, const RunData& data);
/// Those of all branches, in file order.
std::vector<std::string> data_directories(const Scenario& scenario, const RunData& data);

}  // namespace passbook
