// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/shrink.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

namespace passbook::trial {
namespace {

using Part = std::pair<std::size_t, std::size_t>;  // a listing, and an event in it

Scenario with_listings(const Scenario& scenario, const std::vector<std::size_t>& kept) {
  Scenario out = scenario;
  out.listings.clear();
  for (const std::size_t listing : kept) {
    out.listings.push_back(scenario.listings[listing]);
  }
  return out;
}

/// Customers without events go, too.
Scenario with_events(const Scenario& scenario, const std::vector<Part>& kept) {
  Scenario out = scenario;
  for (Listing& listing : out.listings) {
    listing.events.clear();
  }
  for (const auto& [listing, event] : kept) {
    out.listings[listing].events.push_back(scenario.listings[listing].events[event]);
  }
  std::erase_if(out.listings, [](const Listing& listing) { return listing.events.empty(); });
  return out;
}

Scenario with_branches(const Scenario& scenario, const std::vector<BranchId>& kept) {
  Scenario out = scenario;
  std::erase_if(out.branches, [&](const ScenarioBranch& branch) {
    return std::ranges::find(kept, branch.id) == kept.end();
  });
  return out;
}

/// Removes as many parts as it can, at first many at once. `make` builds a scenario of some parts.
template <class T, class Make>
bool remove_parts(Scenario& scenario, std::vector<T> parts, std::size_t least, const Make& make,
                  const StillFails& still_fails) {
  bool removed = false;
  const Scenario whole = scenario;
  for (std::size_t size = parts.size(); size > 0; size /= 2) {
    for (std::size_t begin = 0; begin < parts.size();) {
      const std::size_t end = std::min(begin + size, parts.size());
      std::vector<T> kept(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(begin));
      kept.insert(kept.end(), parts.begin() + static_cast<std::ptrdiff_t>(end), parts.end());
      if (kept.size() >= least) {
        if (Scenario smaller = make(whole, kept); still_fails(smaller)) {
          scenario = std::move(smaller);
          parts = std::move(kept);
          removed = true;
          continue;
        }
      }
      begin = end;
    }
  }
  return removed;
}

bool remove_listings(Scenario& scenario, const StillFails& still_fails) {
  std::vector<std::size_t> all(scenario.listings.size());
  std::ranges::generate(all, [next = std::size_t{0}]() mutable { return next++; });
  return remove_parts(scenario, all, 1, with_listings, still_fails);
}

bool remove_events(Scenario& scenario, const StillFails& still_fails) {
  std::vector<Part> all;
  for (std::size_t listing = 0; listing < scenario.listings.size(); ++listing) {
    for (std::size_t event = 0; event < scenario.listings[listing].events.size(); ++event) {
      all.emplace_back(listing, event);
    }
  }
  return remove_parts(scenario, all, 1, with_events, still_fails);
}

bool remove_branches(Scenario& scenario, const StillFails& still_fails) {
  std::set<BranchId> visited;
  for (const Listing& listing : scenario.listings) {
    for (const CustomerEvent& event : listing.events) {
      visited.insert(event.branch);
    }
  }
  std::vector<BranchId> others;
  for (const ScenarioBranch& branch : scenario.branches) {
    if (!visited.contains(branch.id)) {
      others.push_back(branch.id);
    }
  }
  const auto make = [&](const Scenario& whole, std::vector<BranchId> kept) {
    kept.insert(kept.end(), visited.begin(), visited.end());
    return with_branches(whole, kept);
  };
  return remove_parts(scenario, others, 0, make, still_fails);
}

/// 1, 10, 100, ... are easier to follow than other amounts.
void lower_amounts(Scenario& scenario, const StillFails& still_fails) {
  constexpr std::array kRound{Money{100}, Money{1'000}, Money{10'000}, Money{100'000}};
  const auto try_each = [&](const auto& amount_in) {
    for (const Money round : kRound) {
      if (round >= amount_in(scenario)) {
        return;
      }
      Scenario smaller = scenario;
      amount_in(smaller) = round;
      if (still_fails(smaller)) {
        scenario = std::move(smaller);
        return;
      }
    }
  };
  for (std::size_t listing = 0; listing < scenario.listings.size(); ++listing) {
    for (std::size_t event = 0; event < scenario.listings[listing].events.size(); ++event) {
      try_each([&](Scenario& in) -> Money& { return in.listings[listing].events[event].money; });
    }
  }
  try_each([](Scenario& in) -> Money& { return in.opening; });
}

}  // namespace

Scenario shrink(Scenario failing, const StillFails& still_fails) {
  bool smaller = true;
  while (smaller) {
    smaller = remove_listings(failing, still_fails);
    smaller = remove_events(failing, still_fails) || smaller;
    smaller = remove_branches(failing, still_fails) || smaller;
  }
  lower_amounts(failing, still_fails);
  return failing;
}

}  // namespace passbook::trial
