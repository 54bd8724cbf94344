// SPDX-License-Identifier: Apache-2.0
// All accounts of one replica.
#pragma once

#include <map>
#include <optional>

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
  /// such account, or it can't have been so.
  bool restore(AccountId id, std::vector<OriginTotals> totals);

  const std::map<AccountId, Account>& accounts() const { return accounts_; }

 private:
  Bank bank_;
  std::map<AccountId, Account> accounts_;
};

}  // namespace passbook
