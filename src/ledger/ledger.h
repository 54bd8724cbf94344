// SPDX-License-Identifier: Apache-2.0
// All accounts of one replica.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "ledger/account.h"
#include "ledger/bank.h"
#include "ledger/entry.h"

namespace passbook {

/// Accepting may refuse; applying what was accepted never does.
class Ledger {
 public:
  explicit Ledger(Bank bank);

  /// Nothing when there is no such account here.
  const Account* find(AccountId id) const;

  /// Why an origin can't make this change now, or nothing.
  std::optional<ChangeRefusal> refusal(Origin origin, const Change& change) const;

  /// Takes in an accepted change; its account is known.
  void apply(Origin origin, const Change& change);

  const Bank& bank() const { return bank_; }

  /// Sets an account back to what it was when `totals` was what it is now. False when there is no
  /// such account, or it can't have been so. That it was touched is for the snapshots before.
  bool restore(AccountId id, std::vector<OriginTotals> totals);

  /// Ids and accounts, ascending by id.
  auto accounts() const {
    return accounts_ | std::views::transform([](const auto& each) {
             return std::pair<AccountId, const Account&>(each.first, each.second.account);
           });
  }

  // A snapshot holds the accounts that were touched since the one before, as they are when it is
  // begun. They are copied a few at a time; one that changes before its turn is copied first.

  /// The one before is complete.
  void begin_snapshot();
  /// Copies up to so many accounts more. True when all are copied.
  bool copy_touched(std::size_t most);
  /// The accounts that were copied since this was last called, each once, in no order.
  std::vector<AccountSnapshot> take_copies() { return std::exchange(copies_, {}); }

 private:
  struct Kept {
    Account account;
    /// The number of the snapshot that is to hold it as it is, or 0 when there is one that does.
    std::uint64_t touched = 0;
  };

  void touch(AccountId id, Kept& kept);
  bool is_due(const Kept& kept) const { return kept.touched != 0 && kept.touched < snapshot_; }
  void copy(AccountId id, Kept& kept);

  Bank bank_;
  std::map<AccountId, Kept> accounts_;
  std::uint64_t snapshot_ = 1;     ///< the number of the next to be begun
  std::deque<AccountId> touched_;  ///< what it will hold
  std::deque<AccountId> due_;      ///< of the one that was begun, those whose turn is to come
  std::vector<AccountSnapshot> copies_;
};

}  // namespace passbook
