// SPDX-License-Identifier: Apache-2.0
// Refusing with proof: shows that the whole bank lacked the money at one instant.
#pragma once

#include <map>
#include <set>

#include "base/ids.h"
#include "base/money.h"
#include "ledger/account.h"

namespace passbook {

/// At the start T of a round, the branch notes all withdrawals that it knows of. Then every branch
/// answers how much has come in there. Money that came in before T is in those answers, and
/// withdrawals that the branch does not know of only reduce the total. So
///
///     opening + limit + Σ max(incoming answered after T, incoming known here)
///         − Σ outgoing known at T
///
/// is at least the bank's balance at T. If that is less than the amount, the bank lacked the money.
/// A sum of balances read at different moments would be no proof.
class Proof {
 public:
  explicit Proof(Money amount) : amount_(amount) {}

  /// Starts a round. Answers to earlier rounds no longer count as answers.
  void begin(const Account& account);

  /// A branch answered. Ignored unless the answer is for the current round.
  void answered(BranchId branch, std::uint64_t round, Money incoming);

  /// Ends the round if all of `others` have answered. Reads the branch's own incoming now.
  void conclude(const std::set<BranchId>& others, BranchId self, const Account& account);

  /// Whether a new round could prove a lack, as far as this replica can tell.
  bool promising(const Account& account, const std::set<BranchId>& others, BranchId self) const;

  bool proven() const { return proven_; }
  bool running() const { return running_; }
  std::uint64_t round() const { return round_; }
  bool has_answer_of(BranchId branch) const { return answers_.contains(branch); }

 private:
  Money amount_;
  std::uint64_t round_ = 0;
  bool running_ = false;
  bool proven_ = false;
  Money outgoing_;                      ///< at T
  std::map<BranchId, Money> answers_;   ///< of this round
  std::map<BranchId, Money> incoming_;  ///< the latest of any round
};

}  // namespace passbook
