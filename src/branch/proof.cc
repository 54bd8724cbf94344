// SPDX-License-Identifier: Apache-2.0
#include "branch/proof.h"

#include <algorithm>

namespace passbook {

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
  Money bound = account.opening() + account.limit() + account.incoming(self);
  for (const auto& [branch, incoming] : answers_) {
    bound += incoming;
  }
  proven_ = proven_ || bound - outgoing_ < amount_;
}

bool Proof::promising(const Account& account, const std::set<BranchId>& others,
                      BranchId self) const {
  Money bound = account.opening() + account.limit() + account.incoming(self);
  for (const BranchId branch : others) {
    const auto said = incoming_.find(branch);
    const Money heard = said == incoming_.end() ? Money{} : said->second;
    bound += std::max(heard, account.incoming(branch));
  }
  return bound - account.outgoing() < amount_;
}

}  // namespace passbook
