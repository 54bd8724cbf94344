// SPDX-License-Identifier: Apache-2.0
#include "branch/proof.h"

#include <gtest/gtest.h>

#include <array>

namespace passbook {
namespace {

constexpr AccountId kAccount{1};
constexpr BranchId kSelf{1};
constexpr std::array kBranches{BranchId{1}, BranchId{2}, BranchId{3}};
const std::set<BranchId> kOthers{BranchId{2}, BranchId{3}};

Account account() { return {{kAccount, Money{100}, Money{0}}, kBranches}; }

TEST(Proof, NeedsAnAnswerOfEveryBranch) {
  const Account here = account();
  Proof proof(Money{150});
  proof.begin(here);
  proof.answered(BranchId{2}, proof.round(), Money{0});
  proof.conclude(kOthers, kSelf, here);
  EXPECT_FALSE(proof.proven());
  proof.answered(BranchId{3}, proof.round(), Money{0});
  proof.conclude(kOthers, kSelf, here);
  EXPECT_TRUE(proof.proven());
}

TEST(Proof, TheGreatestAnswersThereCanBeProveNothingAndHarmNobody) {
  const Account here = account();
  Proof proof(Money{150});
  proof.begin(here);
  for (const BranchId branch : kOthers) {
    proof.answered(branch, proof.round(), Money::max());
  }
  proof.conclude(kOthers, kSelf, here);
  EXPECT_FALSE(proof.proven());
  EXPECT_FALSE(proof.promising(here, kOthers, kSelf));
}

TEST(Proof, AnAnswerBelowWhatIsKnownHereCountsAsWhatIsKnown) {
  Account here = account();
  here.apply({BranchId{2}}, Deposit{kAccount, Money{60}});
  Proof proof(Money{150});
  proof.begin(here);
  proof.answered(BranchId{2}, proof.round(), Money{-1'000'000});
  proof.answered(BranchId{3}, proof.round(), Money{0});
  proof.conclude(kOthers, kSelf, here);
  EXPECT_FALSE(proof.proven()) << "there are 160";
}

/// An account may be overdrawn down to its limit.
TEST(Proof, WhatTheLimitAllowsIsNotMissing) {
  const Account here{{kAccount, Money{100}, Money{50}}, kBranches};
  for (const auto& [amount, lacks] : {std::pair{Money{150}, false}, std::pair{Money{151}, true}}) {
    Proof proof(amount);
    EXPECT_EQ(proof.promising(here, kOthers, kSelf), lacks);
    proof.begin(here);
    for (const BranchId branch : kOthers) {
      proof.answered(branch, proof.round(), Money{0});
    }
    proof.conclude(kOthers, kSelf, here);
    EXPECT_EQ(proof.proven(), lacks);
  }
}

}  // namespace
}  // namespace passbook
