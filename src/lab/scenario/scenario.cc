// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/scenario.h"

#include <algorithm>
#include <set>

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

std::size_t count_events(const Scenario& scenario) {
  std::size_t out = 0;
  for (const Listing& listing : scenario.listings) {
    out += listing.events.size();
  }
  return out;
}

std::vector<std::uint64_t> event_numbers(const Scenario& scenario) {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint64_t> places;
  for (const Listing& listing : scenario.listings) {
    for (const CustomerEvent& event : listing.events) {
      places.push_back(places.size() + 1);
      if (event.id) {
        ids.push_back(*event.id);
      }
    }
  }
  const std::set<std::uint64_t> different(ids.begin(), ids.end());
  return different.size() == places.size() ? ids : places;
}

}  // namespace passbook
