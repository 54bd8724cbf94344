// SPDX-License-Identifier: Apache-2.0
// The fixed properties of a bank: its branches, and the accounts that it opens with.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/money.h"

namespace passbook {

/// The one account that the scenario files share.
inline constexpr AccountId kSharedAccount{1};

/// An account that exists from the start.
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
  std::uint64_t run = 0;  ///< random in a bank whose processes start and end together; else 0

  bool operator==(const Bank&) const = default;
};

/// A hash of everything that the money depends on: two banks have the same identity if all of that
/// is equal. Addresses are left out, so a bank may move. 64-bit FNV-1a over the fields in order.
BankId identity(const Bank& bank);

}  // namespace passbook
