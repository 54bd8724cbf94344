// SPDX-License-Identifier: Apache-2.0
// Random scenarios with random or right results, and a naive bank, for tests.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "lab/scenario/scenario.h"
#include "lab/scenario/writer.h"

namespace passbook {

/// A small valid scenario: customers may be listed twice and have no events, ids may be missing.
inline Scenario random_scenario(Random& random) {
  Scenario scenario;
  scenario.opening = Money{static_cast<std::int64_t>(random.below(1000))};
  const std::uint64_t branches = 1 + random.below(4);
  for (std::uint32_t id = 1; id <= branches; ++id) {
    scenario.branches.push_back({BranchId{id}, std::nullopt});
  }
  const std::uint64_t listings = random.below(6);
  for (std::uint64_t i = 0; i < listings; ++i) {
    Listing listing{CustomerId{1 + random.below(4)}, {}};
    const bool with_ids = random.chance(1, 2);
    const std::uint64_t events = random.below(6);
    for (std::uint64_t id = 1; id <= events; ++id) {
      CustomerEvent event;
      event.id = with_ids ? std::optional(id * 10) : std::nullopt;
      event.interface = static_cast<Interface>(random.below(3));
      event.branch = BranchId{static_cast<std::uint32_t>(1 + random.below(branches))};
      if (event.interface != Interface::query) {
        event.money = Money{static_cast<std::int64_t>(1 + random.below(1000))};
      }
      listing.events.push_back(event);
    }
    scenario.listings.push_back(std::move(listing));
  }
  return scenario;
}

/// Random results, in a form that a customer can get.
inline ScenarioResults random_results(Random& random, const Scenario& scenario) {
  ScenarioResults results;
  for (const Listing& listing : scenario.listings) {
    results.emplace_back();
    for (const CustomerEvent& event : listing.events) {
      EventResult result;
      result.result = static_cast<ResultWord>(random.below(3));
      const bool success = result.result == ResultWord::success;
      const bool query = event.interface == Interface::query;
      if (query ? success : random.chance(2, 3)) {
        result.balance = Money{static_cast<std::int64_t>(random.below(100'000))};
      }
      result.reason = success || random.chance(1, 2) ? "" : "A \"REASON\"\n";
      results.back().push_back(std::move(result));
    }
  }
  return results;
}

/// The results of a bank with one balance that serves one request at a time.
inline ScenarioResults sequential_results(const Scenario& scenario) {
  Money balance = scenario.opening;
  ScenarioResults results;
  for (const Listing& listing : scenario.listings) {
    results.emplace_back();
    for (const CustomerEvent& event : listing.events) {
      EventResult result{ResultWord::success, "", std::nullopt};
      if (event.interface == Interface::deposit) {
        balance += event.money;
      } else if (event.money <= balance) {
        balance -= event.money;
      } else {
        result = {ResultWord::fail, "INSUFFICIENT_FUNDS", std::nullopt};
      }
      result.balance = balance;
      results.back().push_back(std::move(result));
    }
  }
  return results;
}

inline constexpr Style kAllStyles[] = {Style::full, Style::spec, Style::money, Style::events,
                                       Style::balance};

}  // namespace passbook
