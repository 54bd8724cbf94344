// SPDX-License-Identifier: Apache-2.0
// Where an account's rights should lie, and how they get there: policy. Whatever it decides, the
// rules keep the money right; it only saves withdrawals the wait for an answer.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/money.h"

namespace passbook {

/// How much of the latest withdrawals of an account each branch served. All replicas see all
/// withdrawals, so all come to about the same picture without a word.
class Demand {
 public:
  void spent(BranchId at, Money amount);

  /// What a branch should hold when there is `total` for `branches` branches: a part of it equally
  /// shared, the rest in the proportion in which they spend.
  Money target(BranchId branch, Money total, std::size_t branches) const;

  /// What the latest withdrawals took at a branch: so much it may soon need again.
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

/// Whom to ask for `missing`, each for how much: those who have most above what they need
/// themselves first, and no more of them than it takes. Nothing when all of `peers` together have
/// too little.
std::vector<Holding> plan_rights_requests(Money missing, std::span<const Holding> peers,
                                          const Demand& demand, Money total, std::size_t branches);

/// Whom to ask ahead of need, each for how much, when a branch has less than half of what it
/// should have, or of what it recently spent if that is less. `peers` are asked only for what they
/// have above their own target.
std::vector<Holding> plan_restock(const Holding& own, std::span<const Holding> peers,
                                  const Demand& demand, Money total, std::size_t branches);

/// What a branch can spare of what another wishes for.
Money spare(const Holding& own, Money wished, const Demand& demand, Money total,
            std::size_t branches);

}  // namespace passbook
