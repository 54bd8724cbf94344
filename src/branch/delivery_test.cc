// SPDX-License-Identifier: Apache-2.0
#include "branch/delivery.h"

#include <gmock/gmock.h>

#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr Origin kOne{BranchId{1}};
constexpr Origin kTwo{BranchId{2}};
constexpr Origin kThree{BranchId{3}};

TEST(IsPlausible, AStampIsFarBelowTheEndOrNotFarAheadOfTheClock) {
  constexpr std::uint64_t kClose = std::uint64_t{1} << 40U;
  EXPECT_TRUE(is_plausible(kHighestStamp, Stamp{0}));
  EXPECT_FALSE(is_plausible(Stamp{kHighestStamp.value + 1}, Stamp{0}));
  const Stamp clock{kHighestStamp.value + 100};
  EXPECT_TRUE(is_plausible(Stamp{clock.value + kClose}, clock));
  EXPECT_FALSE(is_plausible(Stamp{clock.value + kClose + 1}, clock));
}

class DeliveryTest : public testing::Test {
 protected:
  void SetUp() override { state.begin_process(); }

  /// Takes in a block and applies all blocks that can be applied.
  std::optional<std::string> take(BranchId from, const Block& block) {
    auto wrong = delivery.take(from, block, out);
    while (const auto ready = delivery.next(out)) {
      state.apply(*ready);
    }
    return wrong;
  }

  /// Branch 3 is recovered; this part of its first log was kept.
  void settle_branch_3(const TaggedPosition& kept) {
    state.seal({BranchId{3}, Incarnation{2}, {{kept}, {}}, true, 5});
  }

  Sequence length(Origin origin) const { return state.applied().at(origin); }

  Bank bank{{BranchId{1}, BranchId{2}, BranchId{3}}, {{kSharedAccount, Money{300}, Money{0}}}};
  Topology topology{bank.branches, BranchId{1}};
  BranchOptions options;
  State state{bank, kOne};
  Delivery delivery{topology, options, state};
  Effects out;
  TestLog two{kTwo};
  TestLog three{kThree};
  TestLog other{kThree};
};

TEST_F(DeliveryTest, ABlockThatIsThereIsNoFork) {
  const Block& block = three.deposit(5);
  EXPECT_EQ(take(BranchId{3}, block), std::nullopt);
  EXPECT_EQ(take(BranchId{2}, block), std::nullopt);
  EXPECT_TRUE(state.forks().all().empty());
  EXPECT_EQ(length(kThree), Sequence{1});
}

TEST_F(DeliveryTest, AnotherBlockAtTheSamePlaceIsAFork) {
  take(BranchId{3}, three.deposit(5));
  EXPECT_EQ(take(BranchId{2}, other.deposit(6)), std::nullopt);
  EXPECT_EQ(state.forks().all().at(kThree),
            (Fork{three.blocks()[0].end(), other.blocks()[0].end(), BranchId{2}}));
  EXPECT_THAT(out.observations, SizeIs(1));
  take(BranchId{3}, three.deposit(7));
  EXPECT_EQ(length(kThree), Sequence{1}) << "nothing more is taken of it";
}

TEST_F(DeliveryTest, WhatRestsOnAnotherHistoryIsPassedOverUntilTheForkIsSettled) {
  take(BranchId{3}, three.deposit(5));
  const TaggedPosition theirs = other.deposit(6).end();
  EXPECT_EQ(take(BranchId{2}, two.deposit(7, {theirs})), std::nullopt);
  EXPECT_EQ(length(kTwo), Sequence{0});
  EXPECT_TRUE(state.forks().frozen(kThree));
  EXPECT_EQ(take(BranchId{2}, two.deposit(8)), std::nullopt) << "it is not taken for a gap";
  EXPECT_FALSE(delivery.needs_again());
  settle_branch_3(three.blocks()[0].end());
  EXPECT_TRUE(delivery.needs_again());
  EXPECT_FALSE(delivery.needs_again()) << "once";
}

TEST_F(DeliveryTest, WhatIsDroppedBecauseALogIsOverIsNeededAgain) {
  delivery.take(BranchId{3}, three.deposit(5, {{{kTwo, Sequence{9}}, Tag{9}}}), out);
  EXPECT_FALSE(delivery.needs_again());
  delivery.drop_over(BranchId{2}, Incarnation{2});
  EXPECT_FALSE(delivery.needs_again()) << "nothing waits of that branch";
  delivery.drop_over(BranchId{3}, Incarnation{2});
  delivery.drop_over(BranchId{2}, Incarnation{2});
  EXPECT_TRUE(delivery.needs_again());
  EXPECT_FALSE(delivery.needs_again());
}

TEST_F(DeliveryTest, WhatIsBeyondTheEndOfALogThatIsOverIsRefused) {
  const Block& kept = three.deposit(5);
  settle_branch_3(kept.end());
  EXPECT_EQ(take(BranchId{2}, kept), std::nullopt);
  EXPECT_THAT(take(BranchId{2}, three.deposit(6)).value(),
              HasSubstr("entry 2 of branch 3, which was lost with its disk"));
}

TEST_F(DeliveryTest, AStampMayBeCloseToThatOfWhatWaits) {
  two.stamp_from(Stamp{kHighestStamp.value - 1});
  three.stamp_from(Stamp{kHighestStamp.value + (std::uint64_t{1} << 40U) - 1});
  EXPECT_EQ(take(BranchId{2}, two.deposit(5, {{{kThree, Sequence{1}}, Tag{1}}})), std::nullopt);
  EXPECT_EQ(take(BranchId{3}, three.deposit(5)), std::nullopt);
  other.stamp_from(Stamp{kHighestStamp.value + (std::uint64_t{1} << 42U)});
  EXPECT_THAT(take(BranchId{3}, other.deposit(5)).value_or(""), HasSubstr("far future"));
}

// Other branches' copies of this branch's log.

TEST_F(DeliveryTest, WhoHasThisLogUpToHereIsFine) {
  state.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
  const TaggedPosition end = state.take_accepted().at(0).end();
  EXPECT_EQ(delivery.compare(end, BranchId{2}, out), std::nullopt);
  EXPECT_EQ(delivery.compare({{kThree, Sequence{4}}, Tag{4}}, BranchId{2}, out), std::nullopt);
  EXPECT_TRUE(state.forks().all().empty());
}

TEST_F(DeliveryTest, WhoHasMoreOfThisLogThanIsHereMeansThatThisDiskIsOld) {
  state.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
  state.take_accepted();
  const auto why = delivery.compare({{kOne, Sequence{2}}, Tag{4}}, BranchId{2}, out);
  EXPECT_THAT(why.value(), HasSubstr("branch 2 has 2 entries of this branch, which has only 1"));
  EXPECT_THAT(*why, HasSubstr("passbook recover rebuilds it"));
}

TEST_F(DeliveryTest, WhoHasAnotherHistoryOfThisLogMeansThatAnotherProcessWroteIt) {
  state.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
  state.take_accepted();
  const auto why = delivery.compare({{kOne, Sequence{1}}, Tag{4}}, BranchId{2}, out);
  EXPECT_THAT(why.value(), HasSubstr("another process wrote this branch's log too"));
  EXPECT_TRUE(state.forks().all().empty()) << "it is no fork of another";
}

// Divergences.

class Diverging : public DeliveryTest {
 protected:
  void SetUp() override {
    DeliveryTest::SetUp();
    take(BranchId{3}, three.deposit(5));
    take(BranchId{3}, three.deposit(6));
    other.deposit(7);
    other.deposit(8);
    other.deposit(9);
  }

  bool diverges(const TaggedPosition& yours, const TaggedPosition& kept) {
    return delivery.diverges({yours, kept}, BranchId{2}, out);
  }

  TaggedPosition mine(std::size_t block) const { return three.blocks()[block].end(); }
  TaggedPosition theirs(std::size_t block) const { return other.blocks()[block].end(); }
};

TEST_F(Diverging, IsBelievedOnlyOfALogThatIsOver) {
  EXPECT_FALSE(diverges(mine(1), theirs(1)));
  state.seal({BranchId{3}, Incarnation{2}, {{theirs(2)}, {}}, false, 5});
  EXPECT_FALSE(diverges(mine(1), theirs(1))) << "its end is not agreed yet";
  settle_branch_3(theirs(2));
  EXPECT_TRUE(diverges(mine(1), theirs(1)));
  EXPECT_EQ(state.forks().all().at(kThree), (Fork{mine(1), theirs(1), BranchId{2}}));
}

TEST_F(Diverging, IsOfTheSameLogAndNotBeforeThePlace) {
  settle_branch_3(theirs(2));
  EXPECT_FALSE(diverges(mine(1), {{kTwo, Sequence{2}}, Tag{9}}));
  EXPECT_FALSE(diverges(mine(1), theirs(0)));
  EXPECT_TRUE(diverges(mine(0), theirs(2)));
}

TEST_F(Diverging, IsOfWhatIsHereAndNotThere) {
  settle_branch_3(theirs(2));
  EXPECT_FALSE(diverges({mine(1).end, Tag{9}}, theirs(1)));
  EXPECT_FALSE(diverges(mine(1), mine(1)));
  EXPECT_FALSE(diverges(mine(0), mine(1)));
}

TEST_F(Diverging, CanNotBeWhereThisBranchHasWhatWasKept) {
  settle_branch_3(mine(1));
  EXPECT_FALSE(diverges(mine(0), theirs(1)));
}

}  // namespace
}  // namespace passbook
