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

/// A change may be refused before it is accepted. Applying an accepted one never fails.
class Ledger {
 public:
  explicit Ledger(Bank bank);

  /// Nothing if this replica has no such account.
  const Account* find(AccountId id) const;

  /// Why an origin can't make this change now, or nothing if it can.
  std::optional<ChangeRefusal> refusal(Origin origin, const Change& change) const;

  /// Applies an accepted change. Its account must exist.
  void apply(Origin origin, const Change& change);

  const Bank& bank() const { return bank_; }

  /// Restores an account to the state that had these totals. False if there is no such account, or
  /// no such state. The account counts as untouched, because an earlier snapshot holds it.
  bool restore(AccountId id, std::vector<OriginTotals> totals);

  /// Ids and accounts, ascending by id.
  auto accounts() const {
    return accounts_ | std::views::transform([](const auto& each) {
             return std::pair<AccountId, const Account&>(each.first, each.second.account);
           });
  }

  // A snapshot holds the accounts that were touched since the previous one, as they are when it
  // begins. They are copied a few at a time; an account that is about to change before its turn is
  // copied first.

  /// Begins a snapshot. The previous one must be complete.
  void begin_snapshot();
  /// Copies up to `most` more accounts. True when all are copied.
  bool copy_touched(std::size_t most);
  /// The accounts copied since the last call, each once, in no particular order.
  std::vector<AccountSnapshot> take_copies() { return std::exchange(copies_, {}); }

 private:
  struct Kept {
    Account account;
    /// The number of the next snapshot that must hold it, or 0 if one already holds its state.
    std::uint64_t touched = 0;
  };

  void touch(AccountId id, Kept& kept);
  bool is_due(const Kept& kept) const { return kept.touched != 0 && kept.touched < snapshot_; }
  void copy(AccountId id, Kept& kept);

  Bank bank_;
  std::map<AccountId, Kept> accounts_;
  std::uint64_t snapshot_ = 1;     ///< the number of the next snapshot to begin
  std::deque<AccountId> touched_;  ///< the accounts that the next snapshot will hold
  std::deque<AccountId> due_;      ///< the accounts that the current snapshot has yet to copy
  std::vector<AccountSnapshot> copies_;
};

}  // namespace passbook
