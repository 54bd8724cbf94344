// SPDX-License-Identifier: Apache-2.0
// Policy: which branches should hold an account's rights, and how the rights get there. The rules
// keep the money right whatever this decides. It only saves withdrawals from waiting for an answer.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/money.h"

namespace passbook {

/// How much of an account's latest withdrawals each branch served. All replicas see all
/// withdrawals, so all arrive at about the same picture without messages.
class Demand {
 public:
  void spent(BranchId at, Money amount);

  /// The rights that a branch should hold when `branches` branches have `total`. A part is shared
  /// equally, the rest in proportion to their spending.
  Money target(BranchId branch, Money total, std::size_t branches) const;

  /// The amount of the latest withdrawals at a branch, which it may soon need again.
  Money recently(BranchId branch) const;

 private:
  std::map<BranchId, double> spending_;  ///< in units that grow with every withdrawal
  double all_ = 0;                       ///< the sum of these
  double unit_ = 1;
};

/// The rights of a branch, as far as this replica knows.
struct Holding {
  BranchId branch;
  Money rights;
  bool operator==(const Holding&) const = default;
};

/// Which branches to ask for `missing`, and each for how much. Those with the most above their own
/// need come first, and no more branches are asked than necessary. Empty if all of `peers` together
/// have too little.
std::vector<Holding> plan_rights_requests(Money missing, std::span<const Holding> peers,
                                          const Demand& demand, Money total, std::size_t branches);

/// Which branches to ask ahead of need, and each for how much, when a branch has less than half of
/// its target, or of its recent spending if that is less. `peers` are asked only for rights above
/// their own target.
std::vector<Holding> plan_restock(const Holding& own, std::span<const Holding> peers,
                                  const Demand& demand, Money total, std::size_t branches);

/// How much a branch can spare of the rights that another branch wishes for.
Money spare(const Holding& own, Money wished, const Demand& demand, Money total,
            std::size_t branches);

}  // namespace passbook
