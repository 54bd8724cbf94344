// SPDX-License-Identifier: Apache-2.0
// What a branch sends, to which peers, and when.
#include "branch/replication.h"

#include <set>

#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kOne{BranchId{1}};
constexpr Origin kTwo{BranchId{2}};
constexpr Origin kThree{BranchId{3}};

/// The end positions of blocks.
std::vector<EntryId> ends(const std::vector<Block>& blocks) {
  std::vector<EntryId> out;
  for (const Block& block : blocks) {
    out.push_back(block.end().end);
  }
  return out;
}

std::vector<EntryId> ends_sent(const Effects& effects, std::uint32_t to) {
  return ends(blocks_sent(effects, to));
}

EntryId at(Origin origin, std::uint64_t sequence) { return {origin, Sequence{sequence}}; }

/// The reports of a step to a branch about the sender's own progress.
std::vector<EntryId> own_progress(const Effects& effects, std::uint32_t to) {
  std::vector<EntryId> out;
  for (const Progress& progress : sent<Progress>(effects, to)) {
    for (const TaggedPosition& position : progress.own) {
      out.push_back(position.end);
    }
  }
  return out;
}

Effects deposit(TestPeers& one, std::int64_t amount = 5) {
  return one.step({one.call(TestPeers::deposit(amount))});
}

/// Connects a near peer, which answers at once. Returns the messages sent to it meanwhile.
Effects connect(TestPeers& one, std::uint32_t peer, std::vector<TaggedPosition> have = {}) {
  Effects out = one.greet(peer, std::move(have));
  one.say(peer, Heartbeat{.answers = true});
  return out;
}

/// All positions of branch 1.
Progress all_of(const TestPeers& one) { return {one.state().logs().heads().positions(), {}}; }

// At once.

TEST(Replication, OwnEntriesGoToAllPeersAtOnceAndOnce) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  const Effects first = deposit(one);
  EXPECT_THAT(ends_sent(first, 2), ElementsAre(at(kOne, 1)));
  EXPECT_THAT(ends_sent(first, 3), ElementsAre(at(kOne, 1)));
  const Effects second = deposit(one);
  EXPECT_THAT(ends_sent(second, 2), ElementsAre(at(kOne, 2)));
}

TEST(Replication, EntriesOfOthersAreNotPassedOnAtOnceWhereAllAreNeighbours) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  TestLog two(kTwo);
  const Effects effects = one.say(2, Blocks{{two.deposit(5)}});
  EXPECT_THAT(ends_sent(effects, 2), IsEmpty());
  EXPECT_THAT(ends_sent(effects, 3), IsEmpty());
}

TEST(Replication, WhoConnectsIsSentWhatItLacksInCausalOrder) {
  TestPeers one;
  connect(one, 2);
  TestLog two(kTwo);
  deposit(one);
  const TaggedPosition has = one.state().logs().heads().at(kOne);
  two.stamp_from(Stamp{100});
  one.say(2, Blocks{{two.deposit(5)}});
  deposit(one);
  two.stamp_from(Stamp{200});
  one.say(2, Blocks{{two.deposit(5)}});
  deposit(one);
  one.say(2, all_of(one));
  EXPECT_THAT(ends_sent(connect(one, 3, {has}), 3), ElementsAre(at(kOne, 2), at(kOne, 3)))
      << "branch 2 has its turn first";
  const Effects later = one.run_for(seconds(2));
  EXPECT_THAT(ends_sent(later, 3), ElementsAre(at(kTwo, 1), at(kTwo, 2)));
  EXPECT_THAT(ends_sent(later, 2), IsEmpty());
}

TEST(Replication, NothingIsSentOfALogOfWhichThePeerHasAnotherHistory) {
  TestPeers one;
  connect(one, 2);
  TestLog two(kTwo);
  one.say(2, Blocks{{two.add({{Deposit{kSharedAccount, Money{5}}, {}, 0},
                              {Deposit{kSharedAccount, Money{5}}, {}, 0}})}});
  deposit(one);
  EXPECT_THAT(ends_sent(connect(one, 3, {{at(kTwo, 1), Tag{77}}}), 3), ElementsAre(at(kOne, 1)));
  EXPECT_THAT(ends_sent(one.run_for(seconds(2)), 3), IsEmpty());
}

// How much.

TEST(Replication, NoMoreIsOnItsWayThanTheWindowHolds) {
  TestPeers one({.window_entries = 3, .beyond_window = 2});
  connect(one, 2);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    EXPECT_THAT(ends_sent(deposit(one), 2), ElementsAre(at(kOne, i)));
  }
  const TaggedPosition third = one.state().logs().heads().at(kOne);
  EXPECT_THAT(ends_sent(deposit(one), 2), IsEmpty());
  const TaggedPosition fourth = one.state().logs().heads().at(kOne);
  EXPECT_THAT(ends_sent(deposit(one), 2), IsEmpty());
  deposit(one);
  deposit(one);
  EXPECT_THAT(ends_sent(one.say(2, Progress{{third}, {}}), 2),
              ElementsAre(at(kOne, 4), at(kOne, 5), at(kOne, 6)));
  EXPECT_THAT(ends_sent(one.say(2, Progress{{fourth}, {}}), 2), ElementsAre(at(kOne, 7)));
}

TEST(Replication, AFullWindowInWhichNothingMovesIsExceededATurnLater) {
  TestPeers one({.window_entries = 3, .beyond_window = 2});
  connect(one, 2);
  for (int i = 0; i < 8; ++i) {
    deposit(one);
  }
  std::vector<EntryId> beyond;
  Effects effects = one.wait(milliseconds(250));
  for (int turn = 0; turn < 3 && beyond.empty(); ++turn) {
    beyond = ends_sent(effects, 2);
    effects = one.step({TestPeers::said(2, Heartbeat{})}, milliseconds(260));
  }
  EXPECT_THAT(beyond, ElementsAre(at(kOne, 4), at(kOne, 5)));
}

/// What the peer waits for may be older than what was last read for it.
TEST(Replication, WhatGoesBeyondAFullWindowIsReadFromTheStart) {
  TestPeers one({.window_entries = 3, .beyond_window = 2, .snapshot_every = 4});
  std::vector<Block> blocks;
  for (int i = 0; i < 16; ++i) {
    for (const Record& record : deposit(one).persist) {
      if (const auto* block = std::get_if<Block>(&record)) {
        blocks.push_back(*block);
      }
    }
  }
  ASSERT_THAT(blocks, SizeIs(16));
  const auto has_read = [&](std::size_t first, std::size_t many, std::uint64_t next) {
    const auto from = blocks.begin() + static_cast<std::ptrdiff_t>(first);
    return one.step(
        {Fetched{TestPeers::link(2), {from, from + static_cast<std::ptrdiff_t>(many)}, next}});
  };
  const auto reads = [](const Effects& effects) {
    std::vector<std::uint64_t> out;
    for (const Fetch& fetch : effects.fetches) {
      out.push_back(fetch.first);
    }
    return out;
  };
  EXPECT_THAT(reads(connect(one, 2)), ElementsAre(0));
  EXPECT_THAT(ends_sent(has_read(0, 3, 103), 2),
              ElementsAre(at(kOne, 1), at(kOne, 2), at(kOne, 3)));
  std::vector<std::uint64_t> beyond;
  for (int turn = 0; turn < 3 && beyond.empty(); ++turn) {
    beyond = reads(one.step({TestPeers::said(2, Heartbeat{})}, milliseconds(260)));
  }
  EXPECT_THAT(beyond, ElementsAre(0));
  EXPECT_THAT(ends_sent(has_read(3, 2, 105), 2), ElementsAre(at(kOne, 4), at(kOne, 5)));
  EXPECT_THAT(reads(one.say(2, Progress{{blocks[0].end()}, {}})), ElementsAre(105))
      << "it moves, so reading goes on where it was";
}

TEST(Replication, AMessageHoldsNoMoreBytesThanABatch) {
  TestPeers one({.batch_bytes = 2 * block_size({.entries = 1, .requests = 1})});
  for (int i = 0; i < 5; ++i) {
    deposit(one);
  }
  const auto messages = sent<Blocks>(one.greet(2), 2);
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_THAT(ends(messages[0].blocks), ElementsAre(at(kOne, 1), at(kOne, 2)));
  EXPECT_THAT(ends(messages[1].blocks), ElementsAre(at(kOne, 3), at(kOne, 4)));
  EXPECT_THAT(ends(messages[2].blocks), ElementsAre(at(kOne, 5)));
}

// Later.

TEST(Replication, OwnEntriesLeaveWhenTheirDelayHasPassed) {
  TestPeers one({.propagation_delay = milliseconds(100)});
  connect(one, 2);
  const Effects first = deposit(one);
  EXPECT_THAT(ends_sent(first, 2), IsEmpty());
  const Instant due = one.now() + milliseconds(100);
  EXPECT_EQ(first.wake, due);
  one.wait(milliseconds(49));
  deposit(one);
  EXPECT_THAT(ends_sent(one.wait(milliseconds(49)), 2), IsEmpty());
  const Effects effects = one.wait(milliseconds(1));
  EXPECT_THAT(ends_sent(effects, 2), ElementsAre(at(kOne, 1)));
  EXPECT_EQ(effects.wake, due + milliseconds(50));
  EXPECT_THAT(ends_sent(one.wait(milliseconds(50)), 2), ElementsAre(at(kOne, 2)));
}

TEST(Replication, WhatDidNotArriveTheDirectWayIsPassedOnAfterATimeOfPatience) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  TestLog two(kTwo);
  Effects effects = one.say(2, Blocks{{two.deposit(5)}});
  const Instant arrived = one.now();
  while (ends_sent(effects, 3).empty() && one.now() < arrived + seconds(2)) {
    EXPECT_THAT(ends_sent(effects, 2), IsEmpty());
    effects = one.wait(milliseconds(10));
  }
  EXPECT_THAT(ends_sent(effects, 3), ElementsAre(at(kTwo, 1)));
  EXPECT_GE(one.now() - arrived, milliseconds(250));
  EXPECT_LE(one.now() - arrived, milliseconds(520));
}

TEST(Replication, WhoSaysInTimeThatItHasAnEntryIsNotSentIt) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  TestLog two(kTwo);
  const Block& block = two.deposit(5);
  one.say(2, Blocks{{block}});
  one.say(3, Progress{{block.end()}, {}});
  EXPECT_THAT(ends_sent(one.run_for(seconds(2)), 3), IsEmpty());
}

TEST(Replication, NothingIsPassedOnWhereThatIsNotWanted) {
  TestPeers one({.pass_on = false});
  connect(one, 2);
  connect(one, 3);
  TestLog two(kTwo);
  one.say(2, Blocks{{two.deposit(5)}});
  EXPECT_THAT(ends_sent(one.run_for(seconds(2)), 3), IsEmpty());
}

TEST(Replication, TheOtherHistoryOfAForkIsNotPassedOn) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  TestLog two(kTwo);
  one.say(2, Blocks{{two.deposit(5)}});
  one.say(3, Progress{{}, {{kTwo, {at(kTwo, 1), Tag{9}}, {.counter = 1, .nonce = 2}}}});
  one.say(3, Progress{{{at(kTwo, 1), Tag{9}}}, {}});
  ASSERT_TRUE(one.state().forks().frozen(kTwo));
  one.hang_up(3);
  connect(one, 3);
  EXPECT_THAT(ends_sent(one.run_for(seconds(2)), 3), IsEmpty());
}

// Progress.

TEST(Replication, TheOriginHearsOfItsEntriesAtOnceAndOthersLater) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  one.run_for(seconds(1));  // the reports to peers that have just connected
  TestLog two(kTwo);
  const Effects effects = one.say(2, Blocks{{two.deposit(5)}});
  const Instant arrived = one.now();
  EXPECT_THAT(own_progress(effects, 2), ElementsAre(at(kTwo, 1)));
  EXPECT_THAT(own_progress(effects, 3), IsEmpty());
  EXPECT_THAT(own_progress(one.wait(milliseconds(199)), 3), IsEmpty());
  const Effects later = one.wait(milliseconds(1));
  EXPECT_EQ(one.now() - arrived, milliseconds(200));
  EXPECT_THAT(own_progress(later, 3), ElementsAre(at(kTwo, 1)));
  EXPECT_THAT(own_progress(later, 2), IsEmpty()) << "it was told";
}

TEST(Replication, OfItsOwnLogABranchSaysNoProgress) {
  TestPeers one;
  connect(one, 2);
  EXPECT_THAT(own_progress(deposit(one), 2), IsEmpty());
  EXPECT_THAT(own_progress(one.wait(milliseconds(300)), 2), IsEmpty());
}

TEST(Replication, ABranchIsNotSaidToLackItsOwnEntries) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  TestLog two(kTwo);
  TestLog three(kThree);
  one.say(3, Blocks{{two.deposit(5), two.deposit(6), three.deposit(7)}});
  deposit(one);
  const Status status = one.status();
  ASSERT_THAT(status.peers, SizeIs(2));
  EXPECT_EQ(status.peers[0].lag, 2U) << "those of branches 1 and 3";
  EXPECT_EQ(status.peers[1].lag, 1U) << "who sends an entry has it";
}

TEST(Replication, AWriteIsConfirmedByWhatTheOthersSayOfEachOther) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  const Effects written = one.step({one.call(TestPeers::deposit(5), AckLevel::all)});
  const TaggedPosition end = one.state().logs().heads().at(kOne);
  EXPECT_THAT(one.say(2, Progress{{end}, {}}).answers, IsEmpty());
  one.hang_up(3);
  const ProcessId process{.counter = 1, .nonce = 3};
  EXPECT_THAT(one.say(2, Progress{{}, {{Origin{BranchId{9}}, end, process}}}).answers, IsEmpty());
  EXPECT_THAT(one.say(2, Progress{{}, {{kThree, end, {.counter = 0, .nonce = 3}}}}).answers,
              IsEmpty())
      << "an earlier process";
  EXPECT_THAT(one.say(2, Progress{{}, {{{kThree.branch, Incarnation{2}}, end, process}}}).answers,
              IsEmpty())
      << "an incarnation of which nothing is known";
  EXPECT_THAT(one.say(2, Progress{{}, {{kThree, end, process}}}).answers, SizeIs(1));
}

TEST(Replication, WhatAnotherProcessHadCountsNoMore) {
  TestPeers one;
  connect(one, 2);
  connect(one, 3);
  one.step({one.call(TestPeers::deposit(5), AckLevel::all)});
  const TaggedPosition end = one.state().logs().heads().at(kOne);
  one.say(2, Progress{{end}, {}});
  one.hang_up(2);
  Hello again = one.hello(2);
  again.process.counter = 2;
  one.step({LinkUp{LinkId{22}, std::nullopt}, Received{LinkId{22}, {again, Stamp{1}}}});
  EXPECT_THAT(one.say(3, Progress{{end}, {}}).answers, IsEmpty());
  EXPECT_THAT(one.step({Received{LinkId{22}, {Progress{{end}, {}}, Stamp{1}}}}).answers, SizeIs(1));
}

TEST(Replication, WhatAnotherPassesOnIsNotSaidAgainWhenOneLeavesWhomItDoesNotConcern) {
  TestPeers one({}, 4);
  one.greet(3);
  one.greet(4);
  const auto reports_to_3 = [](const Effects& effects) {
    std::size_t out = 0;
    for (const Progress& progress : sent<Progress>(effects, 3)) {
      out += progress.reports.size();
    }
    return out;
  };
  TestLog two(kTwo);
  EXPECT_EQ(reports_to_3(one.say(3, Blocks{{two.deposit(5)}})), 1U) << "branch 2 is away";
  EXPECT_EQ(reports_to_3(one.step({LinkDown{TestPeers::link(4)}})), 0U);
}

// Large banks: of eight branches, 1 has the neighbours 2, 3, 5, 7 and 8, and passes on to 2 the
// entries of 7.

class LargeReplication : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::uint32_t peer : {2U, 3U, 5U, 7U, 8U}) {
      one.greet(peer);
    }
  }

  static constexpr Origin kSeven{BranchId{7}};
  TestPeers one{{.full_mesh = 1}, 8};
  TestLog seven{kSeven};
};

TEST_F(LargeReplication, EntriesArePassedOnToThoseBehindAtOnce) {
  const Effects effects = one.say(7, Blocks{{seven.deposit(5)}});
  EXPECT_THAT(ends_sent(effects, 2), ElementsAre(at(kSeven, 1)));
  for (const std::uint32_t other : {3U, 5U, 7U, 8U}) {
    EXPECT_THAT(ends_sent(effects, other), IsEmpty()) << other;
  }
}

TEST_F(LargeReplication, ProgressWaitsForThatOfThoseBehindAndGoesBackTogether) {
  const Block& block = seven.deposit(5);
  const Effects arrived = one.say(7, Blocks{{block}});
  EXPECT_THAT(sent<Progress>(arrived, 7), IsEmpty());
  EXPECT_EQ(arrived.wake, one.now() + milliseconds(5));
  const Effects effects = one.say(2, Progress{{block.end()}, {}});
  const auto progress = sent<Progress>(effects, 7);
  ASSERT_THAT(progress, SizeIs(1));
  EXPECT_THAT(progress[0].own, ElementsAre(block.end()));
  EXPECT_THAT(progress[0].reports,
              ElementsAre(Report{kTwo, block.end(), {.counter = 1, .nonce = 2}}));
  EXPECT_THAT(sent<Progress>(one.wait(milliseconds(10)), 7), IsEmpty());
}

TEST_F(LargeReplication, ProgressDoesNotWaitForLong) {
  const Block& block = seven.deposit(5);
  one.say(7, Blocks{{block}});
  EXPECT_THAT(sent<Progress>(one.wait(milliseconds(4)), 7), IsEmpty());
  EXPECT_THAT(own_progress(one.wait(milliseconds(1)), 7), ElementsAre(at(kSeven, 1)));
  const Effects late = one.say(2, Progress{{block.end()}, {}});
  const auto reports = sent<Progress>(late, 7);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_THAT(reports[0].own, IsEmpty());
  EXPECT_THAT(reports[0].reports, SizeIs(1));
}

TEST_F(LargeReplication, WhatIsSaidByThoseWhoAreNotBehindIsNotPassedOn) {
  const Block& block = seven.deposit(5);
  one.say(7, Blocks{{block}});
  one.run_for(milliseconds(6));
  EXPECT_THAT(sent<Progress>(one.say(3, Progress{{block.end()}, {}}), 7), IsEmpty());
  EXPECT_THAT(sent<Progress>(one.run_for(milliseconds(10)), 7), IsEmpty());
}

TEST_F(LargeReplication, AReportOfAnotherHistoryIsNotPassedOn) {
  const Block& block = seven.deposit(5);
  one.say(7, Blocks{{block}});
  one.run_for(milliseconds(6));
  one.say(2, Progress{{{block.end().end, Tag{9}}}, {}});
  EXPECT_THAT(sent<Progress>(one.run_for(milliseconds(10)), 7), IsEmpty());
}

TEST_F(LargeReplication, EntriesOfSeveralOriginsGoInTheOrderOfTheirStamps) {
  one.hang_up(2);
  deposit(one);
  seven.stamp_from(Stamp{500});
  one.say(7, Blocks{{seven.deposit(5)}});
  deposit(one);
  EXPECT_THAT(ends_sent(one.greet(2), 2), ElementsAre(at(kOne, 1), at(kSeven, 1), at(kOne, 2)));
}

/// Of 256 branches, 2 and 3 are connected to 1. Branch 3 is told what 2 reports of the branches
/// behind 1.
TEST(ReplicationOfMany, ReportsGoInAsManyMessagesAsItTakes) {
  TestPeers one({.full_mesh = 1}, 256);
  one.greet(2);
  one.greet(3);
  const Topology topology(one.bank().branches, BranchId{1}, 1);
  Progress said;
  for (std::uint32_t origin = 4; origin <= 256; ++origin) {
    if (topology.passes_on_at_once(BranchId{origin}, BranchId{2})) {
      for (std::uint32_t by = 4; by <= 256; ++by) {
        said.reports.push_back({Origin{BranchId{by}},
                                {at(Origin{BranchId{origin}}, 1), Tag{9}},
                                {.counter = 1, .nonce = by}});
      }
    }
  }
  ASSERT_GT(said.reports.size(), 8'192U);
  std::vector<std::size_t> sizes;
  std::set<std::pair<Origin, Origin>> passed_on;
  for (const Progress& progress : sent<Progress>(one.say(2, said), 3)) {
    sizes.push_back(progress.own.size() + progress.reports.size());
    for (const Report& report : progress.reports) {
      passed_on.emplace(report.by, report.position.end.origin);
    }
  }
  EXPECT_THAT(sizes, ElementsAre(8'192, said.reports.size() - 8'192));
  EXPECT_EQ(passed_on.size(), said.reports.size());
}

}  // namespace
}  // namespace passbook
