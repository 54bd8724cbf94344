// SPDX-License-Identifier: Apache-2.0
#include "branch/hearsay.h"

#include <gtest/gtest.h>

#include "ledger/testing_block.h"

namespace passbook {
namespace {

constexpr Origin kLost{BranchId{2}};
constexpr Origin kItself{BranchId{2}, Incarnation{2}};
constexpr Origin kOther{BranchId{3}};

/// Branch 1 of five, with two blocks of branch 2.
class HearsayTest : public testing::Test {
 protected:
  void SetUp() override {
    log_.deposit(5);
    log_.deposit(7);
    for (const Block& block : log_.blocks()) {
      state_.apply(block);
    }
  }

  TaggedPosition end(std::size_t blocks) const { return log_.blocks().at(blocks - 1).end(); }

  static Seal seal(std::vector<TaggedPosition> kept, std::vector<TaggedPosition> given_up = {},
                   std::uint64_t recovery = 9) {
    return {.branch = BranchId{2},
            .next = Incarnation{2},
            .ends = {std::move(kept), std::move(given_up)},
            .final = true,
            .recovery = recovery};
  }

  TestLog log_{kLost};
  State state_{{{BranchId{1}, BranchId{2}, BranchId{3}, BranchId{4}, BranchId{5}},
                {{kSharedAccount, Money{300}, Money{0}}}},
               Origin{BranchId{1}}};
  Hearsay hearsay_{4};
};

TEST_F(HearsayTest, WhatLeavesAllInPlaceIsBelieved) {
  EXPECT_TRUE(agrees(seal({end(2)}), kItself, state_));
  EXPECT_TRUE(agrees(seal({{{kLost, Sequence{9}}, Tag{4}}}), kItself, state_)) << "it has more";
  EXPECT_TRUE(agrees(seal({end(2)}, {{{kLost, Sequence{2}}, Tag{4}}}), kItself, state_))
      << "others had what was given up";
}

TEST_F(HearsayTest, WhatWouldTakeEntriesAwayIsNot) {
  EXPECT_FALSE(agrees(seal({}), kItself, state_));
  EXPECT_FALSE(agrees(seal({end(1)}), kItself, state_));
  EXPECT_FALSE(agrees(seal({{{kLost, Sequence{2}}, Tag{4}}}), kItself, state_))
      << "another history";
  EXPECT_FALSE(agrees(seal({{{kLost, Sequence{9}}, Tag{4}}}, {end(2)}), kItself, state_));
}

TEST_F(HearsayTest, ThatABranchIsOverIsNotBelievedOnTheWordOfOneOther) {
  EXPECT_FALSE(agrees(seal({end(2)}), kOther, state_));
  EXPECT_FALSE(agrees(seal({end(2)}), kLost, state_)) << "that is the one that is over";
}

TEST_F(HearsayTest, TheEndOfTheRecoveryThatWasPromisedIsBelieved) {
  Seal promise = seal({end(2)});
  promise.final = false;
  state_.seal(promise);
  EXPECT_TRUE(agrees(seal({end(1)}, {end(2)}), kOther, state_));
  EXPECT_FALSE(agrees(seal({end(1)}, {end(2)}, 10), kItself, state_)) << "that is another recovery";
}

TEST_F(HearsayTest, APromiseIsForOneIncarnation) {
  Seal promise = seal({end(2)});
  promise.final = false;
  state_.seal(promise);
  Seal later = seal({end(1)}, {end(2)});
  later.next = Incarnation{3};
  EXPECT_FALSE(agrees(later, kOther, state_));
}

TEST_F(HearsayTest, AnEndThatIsKnownIsNotReplacedOnTheWordOfOneOther) {
  state_.seal(seal({end(2)}));
  EXPECT_FALSE(agrees(seal({end(1)}, {end(2)}), kOther, state_));
}

TEST_F(HearsayTest, ABranchThatWasRecoveredSpeaksForItselfOnly) {
  EXPECT_FALSE(agrees(seal({end(2)}), {BranchId{3}, Incarnation{2}}, state_));
}

TEST_F(HearsayTest, WhatIsSaidOfAnotherBranchIsCountedApart) {
  const Seal said = seal({});
  Seal of_another = said;
  of_another.branch = BranchId{5};
  hearsay_.confirmed(BranchId{3}, said);
  hearsay_.confirmed(BranchId{3}, of_another);
  hearsay_.confirmed(BranchId{4}, said);
  EXPECT_TRUE(hearsay_.confirmed(BranchId{5}, said)) << "branch 3 has not taken it back";

  Hearsay ends(4);
  ends.confirmed_end(BranchId{3}, said);
  ends.confirmed_end(BranchId{4}, of_another);
  EXPECT_FALSE(ends.confirmed_end(BranchId{5}, said)) << "only two have said so";
}

TEST_F(HearsayTest, WhatMoreThanHalfOfTheNeighboursSayIsBelieved) {
  const Seal said = seal({});
  EXPECT_FALSE(hearsay_.confirmed(BranchId{3}, said));
  EXPECT_FALSE(hearsay_.confirmed(BranchId{3}, said)) << "one is not two";
  EXPECT_FALSE(hearsay_.confirmed(BranchId{4}, said)) << "two are half of four";
  EXPECT_FALSE(hearsay_.confirmed(BranchId{5}, seal({end(1)}))) << "that is something else";
  EXPECT_TRUE(hearsay_.confirmed(BranchId{5}, said));
}

TEST_F(HearsayTest, ThatABranchIsOverCountsWhateverTheEndIsSaidToBe) {
  Seal promise = seal({});
  promise.final = false;
  EXPECT_FALSE(hearsay_.confirmed_end(BranchId{3}, promise));
  EXPECT_FALSE(hearsay_.confirmed_end(BranchId{4}, seal({end(1)})));
  EXPECT_TRUE(hearsay_.confirmed_end(BranchId{5}, seal({})));
}

}  // namespace
}  // namespace passbook
