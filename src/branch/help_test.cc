// SPDX-License-Identifier: Apache-2.0
// Of twenty branches, 1 has the neighbours 2, 3, 5, 9, 13, 17, 19 and 20. It calls other branches
// only when something has waited long and makes no progress.
#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kEleven{BranchId{11}};
constexpr Duration kForCalls = milliseconds(2'500);

class HelpTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::uint32_t peer : kNeighbours) {
      one.greet(peer);
    }
  }

  static constexpr auto kNeighbours = {2U, 3U, 5U, 9U, 13U, 17U, 19U, 20U};

  /// A query of a customer that has seen this many entries of branch 11.
  Called query_of_who_saw(std::uint64_t sequence) {
    Called out = one.call(TestPeers::query());
    out.request.bank = identity(one.bank());
    out.request.passbook.reads.raise({{kEleven, Sequence{sequence}}, Tag{}});
    return out;
  }

  TestPeers one{{.full_mesh = 1}, 20};
};

TEST_F(HelpTest, WhoDoesNotSayThatItHasAWriteIsCalledAfterALongWhile) {
  const Effects begun = one.step({one.call(TestPeers::deposit(5), AckLevel::all)});
  EXPECT_THAT(begun.dials, IsEmpty());
  EXPECT_THAT(one.run_for(kForCalls - Duration(1)).dials, IsEmpty());
  EXPECT_THAT(one.run_for(milliseconds(1)).dials, ElementsAre(BranchId{4})) << "one at first";
}

TEST_F(HelpTest, NobodyIsCalledForAWriteForWhichNobodyWaits) {
  EXPECT_THAT(one.step({one.call(TestPeers::deposit(5), AckLevel::local)}).answers, SizeIs(1));
  EXPECT_THAT(one.run_for(milliseconds(2'900)).dials, IsEmpty());
}

TEST_F(HelpTest, TheOriginOfWhatIsMissingIsCalled) {
  one.step({query_of_who_saw(1)});
  EXPECT_THAT(one.run_for(kForCalls - Duration(1)).dials, IsEmpty());
  EXPECT_THAT(one.run_for(milliseconds(1)).dials, ElementsAre(BranchId{11}));
}

/// The write was decided before its customer came again, with a newer passbook.
TEST_F(HelpTest, WhatAWriteThatStandsNeedNotSeeIsNotCalledFor) {
  const Called first = one.call(TestPeers::deposit(5));
  EXPECT_THAT(one.step({first}).answers, SizeIs(1));
  Called again = one.call(TestPeers::deposit(5), AckLevel::all);
  again.request.id = first.request.id;
  again.request.bank = identity(one.bank());
  again.request.passbook.reads.raise({{kEleven, Sequence{1}}, Tag{}});
  EXPECT_THAT(one.step({again}).answers, IsEmpty());
  EXPECT_THAT(one.run_for(milliseconds(2'900)).dials, ElementsAre(BranchId{4}))
      << "which does not say that it has the write";
}

TEST_F(HelpTest, NobodyIsCalledWhileTheLogMoves) {
  one.step({query_of_who_saw(2)});
  one.run_for(seconds(1));
  TestLog eleven(kEleven);
  one.say(9, Blocks{{eleven.deposit(5)}});
  EXPECT_THAT(one.run_for(milliseconds(1'900)).dials, IsEmpty());
}

TEST_F(HelpTest, WhoseLogStandsStillAtTheNextLookIsCalledThen) {
  one.step({query_of_who_saw(2)});
  one.run_for(seconds(1));
  TestLog eleven(kEleven);
  one.say(9, Blocks{{eleven.deposit(5)}});
  EXPECT_THAT(one.run_for(milliseconds(1'900)).dials, IsEmpty());
  for (const std::uint32_t peer : kNeighbours) {
    one.say(peer, Heartbeat{});
  }
  EXPECT_THAT(one.run_for(milliseconds(2'200)).dials, ElementsAre(BranchId{11}));
}

TEST_F(HelpTest, NobodyIsCalledForWhatHasItsAnswer) {
  one.step({query_of_who_saw(1)});
  TestLog eleven(kEleven);
  EXPECT_THAT(one.say(9, Blocks{{eleven.deposit(5)}}).answers, SizeIs(1));
  EXPECT_THAT(one.run_for(milliseconds(2'900)).dials, IsEmpty());
}

TEST_F(HelpTest, TheBranchThatAnIdNamesIsCalledAtOnce) {
  Called called = one.call(TestPeers::deposit(5));
  called.request.id.origin = kEleven;
  one.step({called});
  EXPECT_THAT(one.run_for(milliseconds(1)).dials, ElementsAre(BranchId{11}));
}

TEST_F(HelpTest, NobodyElseIsCalledForRightsBeforeTheNeighboursHadTheirTime) {
  one.step({one.call(TestPeers::withdraw(30))});  // of the neighbours, some suffice
  EXPECT_THAT(one.run_for(milliseconds(249)).dials, IsEmpty()) << "the neighbours come first";
}

TEST_F(HelpTest, EveryoneIsCalledWhenTheNeighboursDoNotHaveTheRightsInTime) {
  one.step({one.call(TestPeers::withdraw(200))});
  const Effects effects = one.run_for(seconds(1));
  EXPECT_THAT(effects.dials, testing::Not(IsEmpty()));
  for (const BranchId called : effects.dials) {
    EXPECT_THAT(std::vector<std::uint32_t>({4, 6, 7, 8, 10, 11, 12, 14, 15, 16, 18}),
                testing::Contains(called.value));
  }
}

}  // namespace
}  // namespace passbook
