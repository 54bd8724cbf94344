// SPDX-License-Identifier: Apache-2.0
// Known progress of other branches. Branch 1 has three entries of its own, of which branch 2 has
// two and branch 3 one.
#include <gmock/gmock.h>

#include "branch/replication.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kOne{BranchId{1}};
constexpr Origin kTwo{BranchId{2}};
constexpr Origin kThree{BranchId{3}};
constexpr ProcessId kProcess{.counter = 1, .nonce = 7};
constexpr Instant kSent{std::chrono::seconds(100)};
constexpr Instant kMoved = kSent + milliseconds(10);
constexpr Duration kForCalls = milliseconds(2'500);  ///< ten times the patience

EntryId own(std::uint64_t sequence) { return {kOne, Sequence{sequence}}; }

class ReplicationProgress : public testing::Test {
 protected:
  void SetUp() override {
    state.begin_process();
    for (int i = 0; i < 3; ++i) {
      state.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
      ends.push_back(state.take_accepted().at(0).end());
    }
    replication.connected(kTwo, kProcess, {}, state, kSent);
    replication.connected(kThree, kProcess, {}, state, kSent);
    patience.sent(Sequence{3}, kSent);
    gains = says(2, ends[1], kMoved);
    says(3, ends[0], kMoved + milliseconds(5));
  }

  std::vector<Replication::Gain> says(std::uint32_t branch, const TaggedPosition& has,
                                      Instant when = kMoved) {
    return replication.learn(BranchId{branch}, Progress{{has}, {}}, state, when);
  }

  void apply(const Block& block, Instant when) {
    state.apply(block);
    replication.note_applied(state, when);
  }

  Bank bank{{BranchId{1}, BranchId{2}, BranchId{3}}, {{kSharedAccount, Money{300}, Money{0}}}};
  Topology topology{bank.branches, BranchId{1}};
  BranchOptions options;
  Patience patience{options};
  State state{bank, kOne};
  Replication replication{topology, options, patience};
  std::vector<TaggedPosition> ends;
  std::vector<Replication::Gain> gains;
  TestLog two{kTwo};
};

TEST_F(ReplicationProgress, WhoLacksAnEntryIsKnownAndHowManyHaveIt) {
  EXPECT_THAT(replication.lacking(own(1)), IsEmpty());
  EXPECT_THAT(replication.lacking(own(2)), ElementsAre(BranchId{3}));
  EXPECT_THAT(replication.lacking(own(3)), ElementsAre(BranchId{2}, BranchId{3}));
  EXPECT_EQ(replication.holders(own(1)), 3U);
  EXPECT_EQ(replication.holders(own(2)), 2U);
  EXPECT_EQ(replication.holders(own(3)), 1U);
}

TEST_F(ReplicationProgress, HowMuchSoManyHaveIsKnown) {
  EXPECT_GE(replication.held(kOne, 1), Sequence{3}) << "all of it";
  EXPECT_EQ(replication.held(kOne, 2), Sequence{2});
  EXPECT_EQ(replication.held(kOne, 3), Sequence{1});
}

TEST_F(ReplicationProgress, AnOriginHasItsOwnEntries) {
  apply(two.deposit(5), kMoved);
  EXPECT_THAT(replication.lacking({kTwo, Sequence{1}}), ElementsAre(BranchId{3}));
  EXPECT_EQ(replication.held(kTwo, 2), Sequence{UINT64_MAX});
  EXPECT_EQ(replication.held(kTwo, 3), Sequence{0});
}

TEST_F(ReplicationProgress, WhatIsNewsIsSaidOnce) {
  ASSERT_THAT(gains, SizeIs(1));
  EXPECT_EQ(gains[0].branch, BranchId{2});
  EXPECT_EQ(gains[0].after, Sequence{0});
  EXPECT_EQ(gains[0].upto, Sequence{2});
  EXPECT_THAT(says(2, ends[1]), IsEmpty());
  EXPECT_THAT(says(2, ends[0]), IsEmpty());
  const auto next = says(2, ends[2]);
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].after, Sequence{2});
  EXPECT_EQ(next[0].upto, Sequence{3});
}

TEST_F(ReplicationProgress, OfOtherLogsNothingIsNewsToTell) {
  apply(two.deposit(5), kMoved);
  EXPECT_THAT(says(3, two.blocks()[0].end()), IsEmpty());
  EXPECT_THAT(replication.lacking({kTwo, Sequence{1}}), IsEmpty());
}

TEST_F(ReplicationProgress, WhatIsAheadOfThisBranchCountsOnceItsHistoryShows) {
  const Block& block = two.deposit(5);
  says(3, block.end());
  EXPECT_EQ(replication.held(kTwo, 3), Sequence{0}) << "it may be another history";
  apply(block, kMoved);
  EXPECT_EQ(replication.held(kTwo, 3), Sequence{1});
}

TEST_F(ReplicationProgress, AnotherHistoryThatWasAheadDoesNotCount) {
  const Block& block = two.deposit(5);
  says(3, {block.end().end, Tag{9}});
  apply(block, kMoved);
  EXPECT_EQ(replication.held(kTwo, 3), Sequence{0});
}

TEST_F(ReplicationProgress, WhatIsStillAheadIsComparedLater) {
  two.deposit(5);
  two.deposit(6);
  says(3, two.blocks()[1].end());
  apply(two.blocks()[0], kMoved);
  EXPECT_EQ(replication.held(kTwo, 3), Sequence{0});
  apply(two.blocks()[1], kMoved);
  EXPECT_EQ(replication.held(kTwo, 3), Sequence{2});
}

TEST_F(ReplicationProgress, WhoSendsABlockHasIt) {
  const Block& block = two.deposit(5);
  apply(block, kMoved);
  replication.has_sent(BranchId{3}, {{block}}, state);
  EXPECT_EQ(replication.held(kTwo, 3), Sequence{1});
  EXPECT_EQ(replication.matched(BranchId{3}).at(kTwo), Sequence{1});
}

TEST_F(ReplicationProgress, HowFarABranchIsBehindIsKnownButForItsOwnEntries) {
  apply(two.deposit(5), kMoved);
  apply(two.deposit(5), kMoved);
  EXPECT_EQ(replication.lag(kTwo, state.applied()), 1U);
  EXPECT_EQ(replication.lag(kThree, state.applied()), 4U);
}

TEST_F(ReplicationProgress, OfWhomNothingWasHeardNothingIsKnown) {
  EXPECT_TRUE(replication.matched(BranchId{9}).empty());
  EXPECT_EQ(replication.incarnation(BranchId{9}), Incarnation{1});
  Replication fresh(topology, options, patience);
  EXPECT_THAT(fresh.lacking(own(1)), ElementsAre(BranchId{2}, BranchId{3}));
}

TEST_F(ReplicationProgress, ALogStandsStillWhenNothingOfItWasAppliedForTenTimesThePatience) {
  EXPECT_TRUE(replication.stands_still(kTwo, kMoved)) << "it never moved";
  apply(two.deposit(5), kMoved);
  EXPECT_FALSE(replication.stands_still(kTwo, kMoved + kForCalls - Duration(1)));
  EXPECT_TRUE(replication.stands_still(kTwo, kMoved + kForCalls));
}

TEST_F(ReplicationProgress, WhoMovedLatelyIsNotStuck) {
  EXPECT_THAT(replication.stuck_before(own(3), kMoved + kForCalls - Duration(1)), IsEmpty());
  EXPECT_THAT(replication.stuck_before(own(3), kMoved + kForCalls), ElementsAre(BranchId{2}));
  EXPECT_THAT(replication.stuck_before(own(3), kMoved + kForCalls + milliseconds(5)),
              ElementsAre(BranchId{2}, BranchId{3}));
  EXPECT_THAT(replication.stuck_before(own(2), kMoved + kForCalls + milliseconds(5)),
              ElementsAre(BranchId{3}));
}

TEST_F(ReplicationProgress, NobodyIsStuckBeforeWhatWasJustSent) {
  state.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
  state.take_accepted();
  const Instant later = kMoved + kForCalls;
  patience.sent(Sequence{4}, later);
  EXPECT_THAT(replication.stuck_before(own(4), later + kForCalls - Duration(1)), IsEmpty());
  EXPECT_THAT(replication.stuck_before(own(4), later + kForCalls),
              ElementsAre(BranchId{2}, BranchId{3}));
}

}  // namespace
}  // namespace passbook
