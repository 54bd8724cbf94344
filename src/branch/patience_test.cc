// SPDX-License-Identifier: Apache-2.0
#include "branch/patience.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(100)};

class PatienceTest : public testing::Test {
 protected:
  /// Sends the next own entry now, and confirms it after this long.
  void confirm_after(Duration wait, Instant connected = {}) {
    const Sequence before = last;
    last = Sequence{last.value + 1};
    patience.sent(last, now);
    now += wait;
    patience.confirmed(before, last, connected, now);
  }

  BranchOptions options;
  Patience patience{options};
  Instant now = kStart;
  Sequence last;
};

TEST_F(PatienceTest, IsAsChosenWhereNothingWasMeasuredOrPeersAreNear) {
  EXPECT_EQ(patience.for_entries(), options.patience);
  EXPECT_EQ(patience.for_rights(), options.rights_patience);
  EXPECT_EQ(patience.for_reports(), options.report_every);
  confirm_after(milliseconds(2));
  EXPECT_EQ(patience.for_entries(), options.patience);
  EXPECT_EQ(patience.for_rights(), options.rights_patience);
  EXPECT_EQ(patience.for_reports(), options.report_every);
}

TEST_F(PatienceTest, LeavesFarPeersTheTimeToConfirmAndToReport) {
  confirm_after(milliseconds(800));
  EXPECT_EQ(patience.measured(), milliseconds(800));
  EXPECT_GE(patience.for_entries(), milliseconds(800) + options.report_every);
  EXPECT_GE(patience.for_rights(), milliseconds(800));
  EXPECT_LE(patience.for_reports() + milliseconds(800), patience.for_entries());
}

TEST_F(PatienceTest, FollowsTheWayThereAndBackWhereNothingWasConfirmed) {
  patience.met(milliseconds(800));
  EXPECT_EQ(patience.measured(), milliseconds(800));
  for (int i = 0; i < 40; ++i) {
    confirm_after(milliseconds(2));
    patience.met(milliseconds(800));
  }
  EXPECT_EQ(patience.measured(), milliseconds(2));
}

TEST_F(PatienceTest, EndsSomeTime) {
  confirm_after(seconds(100));
  EXPECT_EQ(patience.for_entries(), options.patience_most);
  EXPECT_EQ(patience.for_rights(), options.patience_most);
  EXPECT_EQ(patience.for_calls(), 2 * options.patience_most);
}

TEST_F(PatienceTest, AFewWhoWereCutOffSayNothing) {
  for (int i = 0; i < 40; ++i) {
    confirm_after(i % 2 == 0 ? milliseconds(1) : seconds(10));
  }
  EXPECT_EQ(patience.measured(), milliseconds(1));
}

TEST_F(PatienceTest, AQuarterWasConfirmedSooner) {
  for (int i = 32; i > 0; --i) {
    confirm_after(milliseconds(i));
  }
  EXPECT_EQ(patience.measured(), milliseconds(9));
}

TEST_F(PatienceTest, ForgetsHowItWas) {
  for (int i = 0; i < 100; ++i) {
    confirm_after(seconds(2));
  }
  for (int i = 0; i < 100; ++i) {
    confirm_after(milliseconds(3));
  }
  EXPECT_EQ(patience.measured(), milliseconds(3));
}

TEST_F(PatienceTest, WhatMayHaveBeenSentTwiceSaysNothing) {
  confirm_after(seconds(1), /*connected=*/kStart + milliseconds(1));
  EXPECT_EQ(patience.measured(), Duration{});
}

TEST_F(PatienceTest, WhatIsConfirmedAgainSaysNothing) {
  patience.sent(Sequence{3}, kStart);
  patience.confirmed(Sequence{3}, Sequence{3}, {}, kStart + seconds(1));
  EXPECT_EQ(patience.measured(), Duration{});
  patience.confirmed(Sequence{1}, Sequence{2}, {}, kStart + seconds(1));
  EXPECT_EQ(patience.measured(), Duration{}) << "some of what was sent together";
  patience.confirmed(Sequence{2}, Sequence{9}, {}, kStart + seconds(1));
  EXPECT_EQ(patience.measured(), seconds(1));
}

TEST_F(PatienceTest, AClockStandsStillWhileThisBranchIsLate) {
  patience.sent(Sequence{1}, now);
  patience.came_late(seconds(2));
  EXPECT_EQ(patience.heeded(now + seconds(3)), now + seconds(1));
  patience.sent(Sequence{4}, now + seconds(3));
  EXPECT_EQ(patience.heeded_when_sent(Sequence{1}), now);
  EXPECT_EQ(patience.heeded_when_sent(Sequence{2}), now + seconds(1));
}

}  // namespace
}  // namespace passbook
