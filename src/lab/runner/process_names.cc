// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/process_names.h"

#include <fmt/format.h>

#include <set>

namespace passbook {

std::string name_of(BranchId id) { return fmt::format("branch-{}", id.value); }
std::string name_of(CustomerId id) { return fmt::format("customer-{}", id.value); }

std::vector<std::string> process_names(const Scenario& scenario) {
  std::set<std::string> names{kAuditor};
  for (const ScenarioBranch& branch : scenario.branches) {
    names.insert(name_of(branch.id));
  }
  for (const Listing& listing : scenario.listings) {
    names.insert(name_of(listing.customer));
  }
  return {names.begin(), names.end()};
}

std::string directory_of(BranchId id, const RunData& data) {
  return fmt::format("{}/{}", data.path, name_of(id));
}

std::vector<std::string> data_directories(const Scenario& scenario, const RunData& data) {
  std::vector<std::string> out;
  for (const ScenarioBranch& branch : scenario.branches) {
    out.push_back(directory_of(branch.id, data));
  }
  return out;
}

}  // namespace passbook
