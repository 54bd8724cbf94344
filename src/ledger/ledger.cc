// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace passbook {

Ledger::Ledger(Bank bank) : bank_(std::move(bank)) {
  for (const OpeningAccount& opening : bank_.accounts) {
    accounts_.emplace(opening.id, Account(opening, bank_.branches));
  }
}

bool Ledger::restore(AccountId id, std::vector<OriginTotals> totals) {
  const auto opening = std::ranges::find(bank_.accounts, id, &OpeningAccount::id);
  if (opening == bank_.accounts.end()) {
    return false;
  }
  auto account = Account::restored(*opening, bank_.branches, std::move(totals));
  if (account) {
    accounts_.insert_or_assign(id, std::move(*account));
  }
  return account.has_value();
}

const Account* Ledger::find(AccountId id) const {
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? nullptr : &found->second;
}

std::optional<ChangeRefusal> Ledger::refusal(Origin origin, const Change& change) const {
  const Account* account = find(account_of(change));
  return account ? account->refusal(origin, change) : std::optional(ChangeRefusal::unknown_account);
}

void Ledger::apply(Origin origin, const Change& change) {
  const auto found = accounts_.find(account_of(change));
  PASSBOOK_CHECK(found != accounts_.end(), "an accepted entry names a known account");
  found->second.apply(origin, change);
}

}  // namespace passbook
