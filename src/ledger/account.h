// SPDX-License-Identifier: Apache-2.0
// One account at one replica: its balance, and each origin's right to take from it. This is the
// arithmetic of escrow only; other code decides whom to ask for rights, and when.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "ledger/bank.h"
#include "ledger/entry.h"

namespace passbook {

/// Why a change can't be accepted.
enum class ChangeRefusal : std::uint8_t {
  unknown_account,  ///< this replica has no such account
  bad_amount,       ///< zero or negative
  overflow,         ///< a running total of the origin would exceed its share of the ledger's range
  lacks_rights,     ///< the origin may not take this much without asking
};

/// The totals of one origin's changes to an account. Only `rights` ever falls.
struct OriginTotals {
  Origin origin;
  Money rights;   ///< the amount that it may withdraw or grant without asking anyone; ≥ 0
  Money in;       ///< the sum of its deposits
  Money out;      ///< the sum of its withdrawals
  Money granted;  ///< the sum of the rights that it granted to others
  bool operator==(const OriginTotals&) const = default;
};

/// The state of one account, apart from its opening.
struct AccountSnapshot {
  AccountId account;
  std::vector<OriginTotals> totals;  ///< ascending by origin

  bool operator==(const AccountSnapshot&) const = default;
};

/// Rights follow the bounded-counter idea: O'Neil, "The Escrow Transactional Method", TODS 1986;
/// Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric
/// Invariants", SRDS 2015.
///
/// The rights of all origins are ≥ 0 and sum to balance + limit in every state that is closed
/// under origin order and under "a grant comes before what its receiver does next". So the
/// balance can't fall below −limit in any such state, whatever other branches do meanwhile.
class Account {
 public:
  /// Rights to opening + limit are shared equally between the first incarnations of `branches`
  /// (ascending); the remainder goes, one minor unit each, to the lowest ids.
  Account(const OpeningAccount& opening, std::span<const BranchId> branches);

  /// An account in the state that had these totals; nothing if no sequence of accepted entries
  /// leads to such totals.
  static std::optional<Account> restored(const OpeningAccount& opening,
                                         std::span<const BranchId> branches,
                                         std::vector<OriginTotals> totals);

  Money balance() const { return balance_; }
  Money opening() const { return opening_; }
  Money limit() const { return limit_; }

  /// The amount that an origin may withdraw or grant without asking anyone; ≥ 0.
  Money rights(Origin origin) const;
  /// The sum of an origin's deposits. Only grows.
  Money incoming(Origin origin) const;
  /// The sum of a branch's deposits, over all its incarnations.
  Money incoming(BranchId branch) const;
  /// The sum of all withdrawals, by any origin. Only grows.
  Money outgoing() const { return outgoing_; }
  /// Ascending by origin.
  const std::vector<OriginTotals>& totals() const { return totals_; }

  /// Why an origin can't make this change now, or nothing if it can. The change must be to this
  /// account.
  std::optional<ChangeRefusal> refusal(Origin origin, const Change& change) const;

  /// The most that an origin can grant at once.
  Money grantable(Origin origin) const;

  /// Applies an accepted change. Never fails on entries that arrive in causal order. Aborts if
  /// rights would fall below zero, which no sequence of accepted entries can cause.
  void apply(Origin origin, const Change& change);

 private:
  Money unclaimed() const;
  bool in_bounds(const OriginTotals& totals) const;
  const OriginTotals* find(Origin origin) const;
  OriginTotals& totals_of(Origin origin);
  void spend_rights(Origin origin, Money amount);
  void take_in(Origin origin, const Deposit& deposit);
  void take_in(Origin origin, const Withdrawal& withdrawal);
  void take_in(Origin origin, const Grant& grant);
  void take_in(Origin origin, const Release& release);

  Money opening_;
  Money limit_;
  Money most_;  ///< the bound on each running total of one origin, so that no sum overflows
  Money balance_;
  Money outgoing_;
  std::vector<OriginTotals> totals_;
};

}  // namespace passbook
