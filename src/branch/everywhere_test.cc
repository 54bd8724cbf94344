// SPDX-License-Identifier: Apache-2.0
// All branches are told which entries all of them have. Then none need tell all its neighbours that
// it has them.
#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kTwo{BranchId{2}};
constexpr Origin kSeven{BranchId{7}};

/// The announcements to a branch of entries that all have.
std::vector<TaggedPosition> everywhere(const Effects& effects, std::uint32_t to) {
  std::vector<TaggedPosition> out;
  for (const Progress& progress : sent<Progress>(effects, to)) {
    out.insert(out.end(), progress.everywhere.begin(), progress.everywhere.end());
  }
  return out;
}

std::vector<TaggedPosition> own(const Effects& effects, std::uint32_t to) {
  std::vector<TaggedPosition> out;
  for (const Progress& progress : sent<Progress>(effects, to)) {
    out.insert(out.end(), progress.own.begin(), progress.own.end());
  }
  return out;
}

Progress all_have(const TaggedPosition& position) { return {{}, {}, {position}}; }

/// Branch 1 of three that have been connected for long.
class Everywhere : public testing::Test {
 protected:
  Everywhere() {
    one.greet(2);
    one.greet(3);
    live_for(10);
  }

  /// Everything sent in so many seconds, in each of which the peers send heartbeats.
  Effects live_for(int seconds_long) {
    Effects out;
    for (int i = 0; i < seconds_long; ++i) {
      for (const Effects& effects :
           {one.say(2, Heartbeat{}), one.say(3, Heartbeat{}), one.run_for(seconds(1))}) {
        out.sends.insert(out.sends.end(), effects.sends.begin(), effects.sends.end());
      }
    }
    return out;
  }

  TestPeers one;
  TestLog two{kTwo};
};

TEST_F(Everywhere, TheOriginTellsAllOnceAllHaveIt) {
  one.step({one.call(TestPeers::deposit(5))});
  const TaggedPosition end = one.state().logs().heads().at(TestPeers::self());
  EXPECT_THAT(everywhere(one.say(2, Progress{{end}, {}}), 2), IsEmpty());
  EXPECT_THAT(everywhere(one.run_for(milliseconds(200)), 2), IsEmpty()) << "branch 3 lacks it";
  one.say(3, Progress{{end}, {}});
  const Effects effects = one.run_for(milliseconds(6));
  EXPECT_THAT(everywhere(effects, 2), ElementsAre(end));
  EXPECT_THAT(everywhere(effects, 3), ElementsAre(end));
  EXPECT_THAT(everywhere(live_for(3), 2), IsEmpty()) << "it was told";
}

TEST_F(Everywhere, TheOriginTellsOfManyWritesAtOnce) {
  std::vector<TaggedPosition> told;
  TaggedPosition end;
  for (int i = 0; i < 50; ++i) {
    one.step({one.call(TestPeers::deposit(5))});
    end = one.state().logs().heads().at(TestPeers::self());
    one.say(2, Progress{{end}, {}});
    const Effects effects = one.say(3, Progress{{end}, {}});
    const auto more = everywhere(effects, 2);
    told.insert(told.end(), more.begin(), more.end());
  }
  EXPECT_LE(told.size(), 2U);
  EXPECT_THAT(everywhere(one.run_for(milliseconds(110)), 2), ElementsAre(end));
}

TEST_F(Everywhere, WhatAllHaveIsNotSaidToThoseWhoDoNotWaitForIt) {
  const Block& block = two.deposit(5);
  const Effects arrived = one.say(2, Blocks{{block}});
  EXPECT_THAT(own(arrived, 2), ElementsAre(block.end()));
  one.say(2, all_have(block.end()));
  EXPECT_THAT(own(live_for(3), 3), IsEmpty());
}

TEST_F(Everywhere, WhatNobodySaysThatAllHaveIsSaid) {
  const Block& block = two.deposit(5);
  one.say(2, Blocks{{block}});
  EXPECT_THAT(own(live_for(1), 3), ElementsAre(block.end()));
}

TEST_F(Everywhere, WhatAllHaveIsPassedOnToNobody) {
  const Block& block = two.deposit(5);
  one.say(2, Blocks{{block}});
  one.say(2, all_have(block.end()));
  EXPECT_THAT(blocks_sent(live_for(3), 3), IsEmpty());
}

TEST_F(Everywhere, ThatOthersHaveItIsNotBelievedOfYoungStreams) {
  one.hang_up(3);
  one.greet(3);
  const Block& block = two.deposit(5);
  one.say(2, Blocks{{block}});
  one.say(2, all_have(block.end()));
  const Effects effects = live_for(3);
  EXPECT_THAT(own(effects, 3), ElementsAre(block.end()));
  EXPECT_THAT(blocks_sent(effects, 3), ElementsAre(block));
}

TEST_F(Everywhere, WhoSendsWhatIsHereIsToldThatItIs) {
  const Block& block = two.deposit(5);
  one.say(2, Blocks{{block}});
  one.say(2, all_have(block.end()));
  EXPECT_THAT(own(one.say(3, Blocks{{block}}), 3), ElementsAre(block.end()));
  EXPECT_THAT(own(one.say(3, Blocks{{block}}), 3), IsEmpty()) << "it was told";
}

TEST_F(Everywhere, AnotherHistoryIsNot) {
  const Block& block = two.deposit(5);
  one.say(2, Blocks{{block}});
  one.say(2, all_have({block.end().end, Tag{9}}));
  EXPECT_THAT(own(live_for(1), 3), ElementsAre(block.end()));
}

TEST_F(Everywhere, OnlyTheOriginIsBelieved) {
  const Block& block = two.deposit(5);
  one.say(2, Blocks{{block}});
  one.say(3, all_have(block.end()));
  EXPECT_THAT(own(live_for(1), 3), ElementsAre(block.end()));
}

TEST_F(Everywhere, NobodyElseSaysItOfTheOwnLog) {
  one.step({one.call(TestPeers::deposit(5))});
  const TaggedPosition end = one.state().logs().heads().at(TestPeers::self());
  one.say(2, all_have(end));
  EXPECT_THAT(one.state().logs().heads().at(TestPeers::self()), end);
  EXPECT_THAT(everywhere(live_for(1), 3), IsEmpty());
}

TEST_F(Everywhere, ItCountsForWhoeverWaitsForAll) {
  const RequestId id{kTwo, {CustomerId{1}, 1}, 7};
  const Block& block = two.add({{Deposit{kSharedAccount, Money{5}}, id, 0}});
  one.say(2, Blocks{{block}});
  Called again = one.call(TestPeers::deposit(5), AckLevel::all);
  again.request.id = id;
  EXPECT_THAT(one.step({again}).answers, IsEmpty());
  EXPECT_THAT(one.say(2, all_have(block.end())).answers, SizeIs(1));
}

/// Of eight branches, 1 passes on to 2 the entries of 7.
TEST(EverywhereInALargeBank, ItGoesTheWayOfTheEntries) {
  TestPeers one{{.full_mesh = 1}, 8};
  for (const std::uint32_t peer : {2U, 3U, 5U, 7U, 8U}) {
    one.greet(peer);
  }
  TestLog seven{kSeven};
  const Block& block = seven.deposit(5);
  one.say(7, Blocks{{block}});
  EXPECT_THAT(everywhere(one.say(3, all_have(block.end())), 2), IsEmpty()) << "not the way";
  one.say(7, all_have(block.end()));
  const Effects effects = one.run_for(milliseconds(6));
  EXPECT_THAT(everywhere(effects, 2), ElementsAre(block.end()));
  for (const std::uint32_t other : {3U, 5U, 7U, 8U}) {
    EXPECT_THAT(everywhere(effects, other), IsEmpty()) << other;
  }
}

}  // namespace
}  // namespace passbook
