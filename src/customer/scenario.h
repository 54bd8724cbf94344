// SPDX-License-Identifier: Apache-2.0
// What a scenario says and what came of it, as plain structs. `scenario` reads and writes them
// as files; the host and the simulator play them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "ledger/bank.h"

namespace passbook {

/// What a customer can ask of a branch.
enum class Interface : std::uint8_t { query, deposit, withdraw };

/// The word of the scenario files: "query", "deposit", "withdraw".
constexpr const char* to_string(Interface interface) {
  switch (interface) {
    case Interface::query:
      return "query";
    case Interface::deposit:
      return "deposit";
    case Interface::withdraw:
      return "withdraw";
  }
  return "";
}

/// One thing that a customer does.
struct ScenarioEvent {
  std::optional<std::uint64_t> id;  ///< as the file gives it; not always there, not always unique
  Interface interface = Interface::query;
  BranchId branch;  ///< where: the event's own, or the one with the customer's id
  Money money;      ///< > 0 for writes, 0 for queries
  AccountId account = kSharedAccount;  ///< files know of one only

  bool operator==(const ScenarioEvent&) const = default;
};

/// One customer object of a file. A customer may have several: they are rounds of one process.
struct Listing {
  CustomerId customer;
  std::vector<ScenarioEvent> events;  ///< in the order in which they are performed

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

/// What each event is called where a name must not be there twice, in file order: by its id where
/// all events have one and none repeats, else by its place among all, from 1.
std::vector<std::uint64_t> names_of_events(const Scenario& scenario);

/// How an event ended, in the words of the result files.
enum class ResultWord : std::uint8_t { success, fail, unknown };

constexpr const char* to_string(ResultWord word) {
  switch (word) {
    case ResultWord::success:
      return "success";
    case ResultWord::fail:
      return "fail";
    case ResultWord::unknown:
      return "unknown";
  }
  return "";
}

/// What a customer was told about one event.
struct EventResult {
  ResultWord result = ResultWord::unknown;
  std::string reason;            ///< "" for plain success, else e.g. "INSUFFICIENT_FUNDS"
  std::optional<Money> balance;  ///< what the answer showed; none when it showed nothing

  bool operator==(const EventResult&) const = default;
};

/// The results of a scenario: one list a listing, one result an event, in the same order.
using ScenarioResults = std::vector<std::vector<EventResult>>;

}  // namespace passbook
