// SPDX-License-Identifier: Apache-2.0
#include "customer/scenario.h"

#include <algorithm>

namespace passbook {

Bank bank_of(const Scenario& scenario) {
  Bank bank;
  for (const ScenarioBranch& branch : scenario.branches) {
    bank.branches.push_back(branch.id);
  }
  std::ranges::sort(bank.branches);
  bank.accounts.push_back({kSharedAccount, scenario.opening, Money{}});
  return bank;
}

}  // namespace passbook
