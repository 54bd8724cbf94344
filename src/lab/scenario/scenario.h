// SPDX-License-Identifier: Apache-2.0
// What a scenario says and what came of it, as plain structs. The files beside this one read and
// write them; the runner and the simulator play them.
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

/// One customer object of a file. A customer may have several: they are rounds of one process.
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

/// The bank that a scenario is about: its branches in ascending order, and the shared account.
Bank bank_of(const Scenario& scenario);

/// How many events all listings have together.
std::size_t count_events(const Scenario& scenario);

/// What each event is called where a name must not be there twice, in file order: by its id where
/// all events have one and none repeats, else by its place among all, from 1.
std::vector<std::uint64_t> names_of_events(const Scenario& scenario);

/// The results of a scenario: one list a listing, one result an event, in the same order.
using ScenarioResults = std::vector<std::vector<EventResult>>;

}  // namespace passbook
