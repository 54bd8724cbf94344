// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace passbook {

Ledger::Ledger(Bank bank) : bank_(std::move(bank)) {
  for (const OpeningAccount& opening : bank_.accounts) {
    accounts_.emplace_hint(accounts_.end(), opening.id, Kept{Account(opening, bank_.branches)});
  }
}

bool Ledger::restore(AccountId id, std::vector<OriginTotals> totals) {
  const auto found = accounts_.find(id);
  if (found == accounts_.end()) {
    return false;
  }
  Account& account = found->second.account;
  auto restored = Account::restored({id, account.opening(), account.limit()}, bank_.branches,
                                    std::move(totals));
  if (restored) {
    account = *std::move(restored);
  }
  return restored.has_value();
}

const Account* Ledger::find(AccountId id) const {
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? nullptr : &found->second.account;
}

std::optional<ChangeRefusal> Ledger::refusal(Origin origin, const Change& change) const {
  const Account* account = find(account_of(change));
  return account ? account->refusal(origin, change) : std::optional(ChangeRefusal::unknown_account);
}

void Ledger::apply(Origin origin, const Change& change) {
  const auto found = accounts_.find(account_of(change));
  PASSBOOK_CHECK(found != accounts_.end(), "an accepted entry names a known account");
  touch(found->first, found->second);
  found->second.account.apply(origin, change);
}

/// Notes that the account is about to change.
void Ledger::touch(AccountId id, Kept& kept) {
  if (kept.touched == snapshot_) {
    return;
  }
  if (is_due(kept)) {
    copy(id, kept);
  }
  kept.touched = snapshot_;
  touched_.push_back(id);
}

void Ledger::begin_snapshot() {
  PASSBOOK_CHECK(due_.empty(), "one snapshot is made at a time");
  ++snapshot_;
  due_.swap(touched_);
  copies_.reserve(due_.size());  // growing would move them all at once
}

bool Ledger::copy_touched(std::size_t most) {
  for (; most > 0 && !due_.empty(); --most, due_.pop_front()) {
    const auto account = accounts_.find(due_.front());
    if (is_due(account->second)) {
      copy(account->first, account->second);
    }
  }
  return due_.empty();
}

void Ledger::copy(AccountId id, Kept& kept) {
  copies_.push_back({id, kept.account.totals()});
  kept.touched = 0;
}

}  // namespace passbook
