// SPDX-License-Identifier: Apache-2.0
#include "branch/logs.h"

#include <gmock/gmock.h>

#include "ledger/testing_block.h"

namespace passbook {
namespace {

using Match = Logs::Match;
using testing::ElementsAre;

constexpr Origin kTwo{BranchId{2}};

class LogsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 6; ++i) {
      log_.deposit(5);
      logs_.append(log_.blocks().back());
    }
  }

  TaggedPosition end(std::uint64_t block) const { return log_.blocks().at(block - 1).end(); }
  static TaggedPosition other(TaggedPosition position) {
    ++position.tag.value;
    return position;
  }

  TestLog log_{kTwo};
  Logs logs_;
};

TEST_F(LogsTest, TellWhoseHistoryAPlaceIsIn) {
  for (std::uint64_t block = 1; block <= 6; ++block) {
    EXPECT_EQ(logs_.compare(end(block)), Match::same);
    EXPECT_EQ(logs_.compare(other(end(block))), Match::other);
  }
  EXPECT_EQ(logs_.compare({{kTwo, Sequence{7}}, Tag{1}}), Match::unknown);
  EXPECT_EQ(logs_.compare({{{BranchId{3}}, Sequence{1}}, Tag{1}}), Match::unknown);
}

TEST_F(LogsTest, TellItOfBlocksThatHaveLeftTheMemoryToo) {
  logs_.drop_up_to({end(4).end});
  EXPECT_EQ(logs_.find(end(4).end), nullptr);
  for (std::uint64_t block = 1; block <= 6; ++block) {
    EXPECT_EQ(logs_.compare(end(block)), Match::same);
    EXPECT_EQ(logs_.compare(other(end(block))), Match::other);
  }
  EXPECT_THAT(logs_.earlier_ends(), ElementsAre(end(1), end(2), end(3), end(4), end(5)));
}

TEST_F(LogsTest, TellItAfterARestartAsFarAsTheyRemember) {
  Logs restarted;
  restarted.restore({end(6).end}, {log_.blocks()[5].digest()}, {end(3), end(4), end(5)});
  EXPECT_EQ(restarted.compare(end(2)), Match::unknown);
  EXPECT_EQ(restarted.compare(other(end(2))), Match::unknown);
  for (std::uint64_t block = 3; block <= 6; ++block) {
    EXPECT_EQ(restarted.compare(end(block)), Match::same);
    EXPECT_EQ(restarted.compare(other(end(block))), Match::other);
  }
  EXPECT_THAT(restarted.earlier_ends(), ElementsAre(end(3), end(4), end(5)));
}

TEST_F(LogsTest, APlaceWithinABlockIsInAnotherHistory) {
  TestLog two(kTwo);
  Logs logs;
  logs.append(two.deposit(5));
  logs.append(
      build({.origin = kTwo,
             .process = {.counter = 1, .nonce = 0},
             .first = Sequence{2},
             .stamp = Stamp{99},
             .dependencies = {},
             .previous = two.blocks()[0].digest()},
            {{Deposit{AccountId{1}, Money{1}}, {}, 0}, {Deposit{AccountId{1}, Money{2}}, {}, 0}}));
  logs.append(build({.origin = kTwo,
                     .process = {.counter = 1, .nonce = 0},
                     .first = Sequence{4},
                     .stamp = Stamp{109},
                     .dependencies = {},
                     .previous = logs.find({kTwo, Sequence{2}})->digest()},
                    {{Deposit{AccountId{1}, Money{1}}, {}, 0}}));
  const TaggedPosition within{{kTwo, Sequence{2}}, Tag{1}};
  EXPECT_EQ(logs.compare(within), Match::other);
  logs.drop_up_to({{kTwo, Sequence{4}}});
  EXPECT_EQ(logs.compare(within), Match::other);
}

/// An entry that depends on another must not wait for later entries.
TEST_F(LogsTest, SayWhereTheBlockOfAnEntryEndsAlsoWhenItHasLeftTheMemory) {
  EXPECT_EQ(logs_.end_covering(end(2).end), end(2));
  logs_.drop_up_to({end(4).end});
  EXPECT_EQ(logs_.end_covering(end(2).end), end(2));
  EXPECT_EQ(logs_.end_covering(end(4).end), end(4));
  EXPECT_EQ(logs_.end_covering(end(5).end), end(5));
}

TEST_F(LogsTest, RememberTheVeryFirstEndWhenOnlyItsBlockHasLeft) {
  logs_.drop_up_to({end(1).end});
  EXPECT_THAT(logs_.earlier_ends(), ElementsAre(end(1), end(2), end(3), end(4), end(5)));
}

/// Logs. The first has 200 blocks, and the others no remembered ends.
class ManyLogs : public testing::Test {
 protected:
  static constexpr std::uint64_t kBlocks = 200;

  ManyLogs() {
    for (std::uint64_t block = 0; block < kBlocks; ++block) {
      log_.deposit();
    }
  }

  Logs make(std::uint32_t logs) const {
    VersionVector others;
    for (std::uint32_t i = 1; i < logs; ++i) {
      others.raise({{BranchId{2 + i}}, Sequence{1}});
    }
    Logs out;
    out.restore(others, std::vector<Digest>(logs - 1), {});
    for (const Block& block : log_.blocks()) {
      out.append(block);
    }
    return out;
  }

  TaggedPosition end(std::uint64_t block) const { return log_.blocks().at(block - 1).end(); }

  /// The latest ends before the head.
  std::vector<TaggedPosition> ends_before_the_head(std::uint64_t many) const {
    std::vector<TaggedPosition> out;
    for (std::uint64_t block = kBlocks - many; block < kBlocks; ++block) {
      out.push_back(end(block));
    }
    return out;
  }

  TestLog log_{kTwo};
};

TEST_F(ManyLogs, ShareWhatIsRememberedAndEachHasTheLatestOfItsEnds) {
  EXPECT_EQ(make(1).earlier_ends(), ends_before_the_head(199));
  EXPECT_EQ(make(512).earlier_ends(), ends_before_the_head(128));
  EXPECT_EQ(make(2048).earlier_ends(), ends_before_the_head(64)) << "that is the least";
}

TEST_F(ManyLogs, ForgetTheOldestEndsOfWhatHasLeftTheMemory) {
  Logs logs = make(512);
  logs.drop_up_to({end(kBlocks).end});
  EXPECT_EQ(logs.earlier_ends(), ends_before_the_head(128));
  EXPECT_EQ(logs.compare(end(kBlocks - 128)), Match::same);
  EXPECT_EQ(logs.compare(end(kBlocks - 129)), Match::unknown);
}

TEST_F(ManyLogs, ForgetNoMoreThanThatWhileLaterBlocksAreInMemory) {
  Logs logs = make(512);
  logs.drop_up_to({end(100).end});
  EXPECT_EQ(logs.earlier_ends(), ends_before_the_head(128));
  EXPECT_EQ(logs.compare(end(1)), Match::same) << "of 99 places before those in memory";
}

TEST(LogsDeathTest, WhatIsInNoLogHasNoEndThere) {
  TestLog log(Origin{BranchId{3}});
  Logs logs;
  EXPECT_DEATH(logs.end_covering({Origin{BranchId{3}}, Sequence{1}}), "only what is in a log");
  logs.append(log.deposit(5));
  EXPECT_EQ(logs.end_covering({Origin{BranchId{3}}, Sequence{1}}), log.blocks()[0].end());
  EXPECT_DEATH(logs.end_covering({Origin{BranchId{3}}, Sequence{2}}), "only what is in a log");
}

}  // namespace
}  // namespace passbook
