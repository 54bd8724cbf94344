// SPDX-License-Identifier: Apache-2.0
// The names of a run's processes, and of their files and directories.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "lab/runner/runner.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// The process that asks for the final balances.
inline constexpr const char* kAuditor = "auditor";

std::string name_of(BranchId id);
std::string name_of(CustomerId id);

/// The names of all processes. Their logs are NAME.log.
std::vector<std::string> process_names(const Scenario& scenario);

/// Where a branch keeps its journal.
std::string directory_of(BranchId id, const RunData& data);
/// The directories of all branches, in file order.
std::vector<std::string> data_directories(const Scenario& scenario, const RunData& data);

}  // namespace passbook
