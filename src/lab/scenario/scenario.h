// SPDX-License-Identifier: Apache-2.0
// A scenario and its results, as plain structs. The files beside this one read and write them; the
// runner and the simulator play them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "customer/event.h"
#include "ledger/bank.h"

namespace passbook {

/// One customer object of a file. A customer may have several, as rounds of one process.
struct Listing {
  CustomerId customer;
  std::vector<CustomerEvent> events;  ///< in the order in which they are performed

  bool operator==(const Listing&) const = default;
};

/// One branch object of a file.
struct ScenarioBranch {
  BranchId id;
  std::optional<std::string> address;  ///< "HOST:PORT" when the file gives one

  bool operator==(const ScenarioBranch&) const = default;
};

/// Facts about how a file was written; they choose the default schedule and output style.
struct Dialect {
  bool query_has_money = false;   ///< a query carries "money"
  bool event_has_dest = false;    ///< an event carries "dest"
  bool event_has_branch = false;  ///< an event carries "branch"
  bool logical_clocks = false;    ///< a customer's events are "customer-requests"

  bool operator==(const Dialect&) const = default;
};

/// A whole scenario file.
struct Scenario {
  std::vector<Listing> listings;         ///< in file order
  std::vector<ScenarioBranch> branches;  ///< in file order; at least one, ids unique
  Money opening;  ///< the balance of the shared account, equal at all branches
  Dialect dialect;

  bool operator==(const Scenario&) const = default;
};

/// The bank of a scenario: its branches in ascending order, and the shared account.
Bank bank_of(const Scenario& scenario);

/// The number of events in all listings together.
std::size_t count_events(const Scenario& scenario);

/// A unique number for each event, in file order: its id if all events have one and none repeats,
/// else its position among all events, from 1.
std::vector<std::uint64_t> event_numbers(const Scenario& scenario);

/// The results of a scenario: one list per listing, one result per event, in the same order.
using ScenarioResults = std::vector<std::vector<EventResult>>;

}  // namespace passbook
