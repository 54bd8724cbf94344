// SPDX-License-Identifier: Apache-2.0
// The balances of one replica after another, derived from the entries that it has applied.
#pragma once

#include <vector>

#include "lab/judges/timeline.h"

namespace passbook::history {

/// Follows the events of one branch. Call `reset` before those of the next.
class ReplicaBalances {
 public:
  explicit ReplicaBalances(const Timeline& timeline) : timeline_(timeline) { reset(); }

  void reset() {
    balances_.clear();
    for (const AccountFacts& account : timeline_.accounts) {
      balances_.push_back(account.opening);
    }
  }

  /// Applies the event's effect on the branch's list of entries.
  void follow(Index event) {
    const Fact& fact = timeline_.facts[event];
    if (fact.kind == EventKind::applied) {
      for (const Change& change : timeline_.changes(timeline_.holdings[fact.link].entry)) {
        Money& balance = balances_[change.account];
        balance = change.moves_money() ? wrapping_sum(balance, change.amount) : balance;
      }
    } else if (fact.kind == EventKind::started) {
      for (const Index holding : timeline_.undone(event)) {
        undo(timeline_.holdings[holding].entry);
      }
    }
  }

  Money of(Index account) const { return balances_[account]; }

 private:
  void undo(Index entry) {
    for (const Change& change : timeline_.changes(entry)) {
      Money& balance = balances_[change.account];
      balance = change.moves_money() ? wrapping_difference(balance, change.amount) : balance;
    }
  }

  const Timeline& timeline_;
  std::vector<Money> balances_;  // by account
};

}  // namespace passbook::history
