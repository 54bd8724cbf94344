// SPDX-License-Identifier: Apache-2.0
// A customer's events at branches, and their results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/money.h"
#include "ledger/bank.h"

namespace passbook {

/// The kinds of requests in scenario files.
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

/// One request in a scenario.
struct CustomerEvent {
  std::optional<std::uint64_t> id;  ///< as the file gives it; may be absent or repeated
  Interface interface = Interface::query;
  BranchId branch;  ///< the branch that the event names, or the one with the customer's id
  Money money;      ///< > 0 for writes, 0 for queries
  AccountId account = kSharedAccount;  ///< files have only this one

  bool operator==(const CustomerEvent&) const = default;
};

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

/// The result of one event, as the customer sees it.
struct EventResult {
  ResultWord result = ResultWord::unknown;
  std::string reason;            ///< "" for plain success, otherwise e.g. "INSUFFICIENT_FUNDS"
  std::optional<Money> balance;  ///< the balance that the answer showed, if any

  bool operator==(const EventResult&) const = default;
};

}  // namespace passbook
