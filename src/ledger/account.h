// SPDX-License-Identifier: Apache-2.0
// One account at one replica: its balance, and each origin's right to take from it. This is the
// arithmetic of escrow; whom to ask for rights, and when, is decided elsewhere.
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
  unknown_account,  ///< no such account here
  bad_amount,       ///< zero or negative
  overflow,         ///< a running total of the origin would pass its share of what a ledger holds
  lacks_rights,     ///< more than the origin may take without asking
};

/// What one origin has done to an account. Only `rights` ever falls.
struct OriginTotals {
  Origin origin;
  Money rights;   ///< what it may withdraw or grant without asking anyone; ≥ 0
  Money in;       ///< all that its deposits brought in
  Money out;      ///< all that its withdrawals took out
  Money granted;  ///< all the rights that it handed to others
  bool operator==(const OriginTotals&) const = default;
};

/// What is known of one account, beside what it opened with.
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

  /// The account as it was when `totals` was what it is now; nothing when no sequence of accepted
  /// entries leaves such totals.
  static std::optional<Account> restored(const OpeningAccount& opening,
                                         std::span<const BranchId> branches,
                                         std::vector<OriginTotals> totals);

  Money balance() const { return balance_; }
  Money opening() const { return opening_; }
  Money limit() const { return limit_; }

  /// What an origin may withdraw or grant without asking anyone; ≥ 0.
  Money rights(Origin origin) const;
  /// All that an origin's deposits brought in. Only grows.
  Money incoming(Origin origin) const;
  /// All that the deposits of a branch brought in, over its incarnations.
  Money incoming(BranchId branch) const;
  /// All that was withdrawn anywhere. Only grows.
  Money outgoing() const { return outgoing_; }
  /// Ascending by origin.
  const std::vector<OriginTotals>& totals() const { return totals_; }

  /// Why an origin can't make this change now, or nothing. The change is of this account.
  std::optional<ChangeRefusal> refusal(Origin origin, const Change& change) const;

  /// The most that an origin can grant at once.
  Money grantable(Origin origin) const;

  /// Takes in an accepted change. Never fails on entries that arrive in causal order; aborts when
  /// rights would fall below zero, which no sequence of accepted entries can do.
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
  Money most_;  ///< no running total of one origin may pass this, so that no sum overflows
  Money balance_;
  Money outgoing_;
  std::vector<OriginTotals> totals_;
};

}  // namespace passbook
