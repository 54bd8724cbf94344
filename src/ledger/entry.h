// SPDX-License-Identifier: Apache-2.0
// An entry: one accepted change. Entries carry deltas, never balances, so replicas that have
// applied the same entries agree, in whatever order.
#pragma once

#include <optional>
#include <variant>

#include "base/ids.h"
#include "base/money.h"

namespace passbook {

/// Money comes in; the origin gains as many rights.
struct Deposit {
  AccountId account;
  Money amount;
  bool operator==(const Deposit&) const = default;
};

/// Money goes out; the origin spends as many rights.
struct Withdrawal {
  AccountId account;
  Money amount;
  bool operator==(const Withdrawal&) const = default;
};

/// The origin hands rights to another; no money moves.
struct Grant {
  AccountId account;
  Origin to;
  Money amount;
  bool operator==(const Grant&) const = default;
};

/// The rights that a sealed incarnation of the origin's branch held at its end go to the origin;
/// no money moves.
struct Release {
  AccountId account;
  Origin from;
  Money amount;
  bool operator==(const Release&) const = default;
};

using Change = std::variant<Deposit, Withdrawal, Grant, Release>;

inline AccountId account_of(const Change& change) {
  return std::visit([](const auto& c) { return c.account; }, change);
}

inline Money amount_of(const Change& change) {
  return std::visit([](const auto& c) { return c.amount; }, change);
}

/// One accepted change. It stands for ever. Its block names its dependencies.
struct Entry {
  EntryId id;
  Stamp stamp;                       ///< greater than that of every entry its branch had applied
  std::optional<RequestId> request;  ///< the write it answers; none when rights move
  Change change;

  bool operator==(const Entry&) const = default;
};

/// A total order in which every prefix is causally closed: (stamp, origin, sequence).
inline auto statement_order(const Entry& a, const Entry& b) {
  return a.stamp != b.stamp ? a.stamp <=> b.stamp : a.id <=> b.id;
}

}  // namespace passbook
