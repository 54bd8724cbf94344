// SPDX-License-Identifier: Apache-2.0
// What a customer does at a branch, and what they are told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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
struct CustomerEvent {
  std::optional<std::uint64_t> id;  ///< as the file gives it; not always there, not always unique
  Interface interface = Interface::query;
  BranchId branch;  ///< where: the event's own, or the one with the customer's id
  Money money;      ///< > 0 for writes, 0 for queries
  AccountId account = kSharedAccount;  ///< files know of one only

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

/// What a customer was told about one event.
struct EventResult {
  ResultWord result = ResultWord::unknown;
  std::string reason;            ///< "" for plain success, else e.g. "INSUFFICIENT_FUNDS"
  std::optional<Money> balance;  ///< what the answer showed; none when it showed nothing

  bool operator==(const EventResult&) const = default;
};

}  // namespace passbook
