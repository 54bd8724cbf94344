// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/sequential_bank.h"

namespace passbook {
namespace {

/// The balance after an event, or nothing if it fails.
std::optional<Money> after(const CustomerEvent& event, Money balance) {
  switch (event.interface) {
    case Interface::query:
      return balance;
    case Interface::deposit:
      return checked_add(balance, event.money);
    case Interface::withdraw:
      return event.money <= balance ? std::optional(balance - event.money) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

ScenarioResults perform_sequentially(const Scenario& scenario) {
  Money balance = scenario.opening;
  ScenarioResults results;
  for (const Listing& listing : scenario.listings) {
    std::vector<EventResult>& received = results.emplace_back();
    for (const CustomerEvent& event : listing.events) {
      const auto next = after(event, balance);
      balance = next.value_or(balance);
      const char* why = event.interface == Interface::withdraw ? "INSUFFICIENT_FUNDS" : "OVERFLOW";
      received.push_back({next ? ResultWord::success : ResultWord::fail, next ? "" : why, balance});
    }
  }
  return results;
}

}  // namespace passbook
