// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include "base/check.h"

namespace passbook {

Ledger::Ledger(const Bank& bank) {
  for (const OpeningAccount& opening : bank.accounts) {
    accounts_.emplace(opening.id, Account(opening, bank.branches));
  }
}

const Account* Ledger::find(AccountId id) const {
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? nullptr : &found->second;
}

std::optional<Refusal> Ledger::refusal(Origin origin, const Change& change) const {
  const Account* account = find(account_of(change));
  return account ? account->refusal(origin, change) : std::optional(Refusal::unknown_account);
}

void Ledger::apply(Origin origin, const Change& change) {
  const auto found = accounts_.find(account_of(change));
  PASSBOOK_CHECK(found != accounts_.end(), "an accepted entry names a known account");
  found->second.apply(origin, change);
}

}  // namespace passbook
