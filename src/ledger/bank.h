// SPDX-License-Identifier: Apache-2.0
// What a bank is from its first moment: its branches and the accounts it opens with.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/money.h"

namespace passbook {

/// The one account that the scenario files share.
inline constexpr AccountId kSharedAccount{1};

/// An account that is there from the start.
struct OpeningAccount {
  AccountId id;
  Money opening;  ///< ≥ 0
  Money limit;    ///< how far below zero it may go, ≥ 0; opening + limit fits in Money

  bool operator==(const OpeningAccount&) const = default;
};

/// A set of branches that share accounts. Both lists are in ascending order of ids, without
/// repeats; neither is empty.
struct Bank {
  std::vector<BranchId> branches;
  std::vector<OpeningAccount> accounts;
  std::uint64_t run = 0;  ///< random, of a bank whose processes start and end together; else 0

  bool operator==(const Bank&) const = default;
};

/// Two banks have the same identity when all that their money rests on is the same. Addresses
/// do not enter: a bank may move. 64-bit FNV-1a over the fields in order.
BankId identity(const Bank& bank);

}  // namespace passbook
