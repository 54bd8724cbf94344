// SPDX-License-Identifier: Apache-2.0
#include "branch/proof.h"

#include <algorithm>

namespace passbook {
namespace {

/// In minor units. Wide enough for the sum of any number of branches' claims.
__extension__ using Wide = __int128;

}  // namespace

void Proof::begin(const Account& account) {
  ++round_;
  running_ = true;
  outgoing_ = account.outgoing();
  answers_.clear();
}

void Proof::answered(BranchId branch, std::uint64_t round, Money incoming) {
  if (running_ && round == round_) {
    answers_[branch] = incoming;
    incoming_[branch] = incoming;
  }
}

void Proof::conclude(const std::set<BranchId>& others, BranchId self, const Account& account) {
  const auto answered = [&](BranchId branch) { return has_answer_of(branch); };
  if (!running_ || !std::ranges::all_of(others, answered)) {
    return;
  }
  running_ = false;
  Wide bound = (account.opening() + account.limit() + account.incoming(self)).minor;
  for (const auto& [branch, incoming] : answers_) {
    bound += std::max(incoming, account.incoming(branch)).minor;
  }
  proven_ = proven_ || bound - outgoing_.minor < amount_.minor;
}

bool Proof::promising(const Account& account, const std::set<BranchId>& others,
                      BranchId self) const {
  Wide bound = (account.opening() + account.limit() + account.incoming(self)).minor;
  for (const BranchId branch : others) {
    const auto said = incoming_.find(branch);
    const Money heard = said == incoming_.end() ? Money{} : said->second;
    bound += std::max(heard, account.incoming(branch)).minor;
  }
  return bound - account.outgoing().minor < amount_.minor;
}

}  // namespace passbook
