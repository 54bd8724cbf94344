// SPDX-License-Identifier: Apache-2.0
// Whole banks whose branches crash, lose their disks, and return.
#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

class Survival : public testing::Test {
 protected:
  /// A customer's write at a branch, acknowledged by that branch alone unless `ack` says otherwise.
  Answer deposit(TestBank& bank, std::uint32_t branch, std::int64_t amount,
                 AckLevel ack = AckLevel::local) {
    Request request = who.deposit(branch, amount);
    request.ack = ack;
    const Answer answer = bank.wait(bank.call(branch, bank.current(request)));
    EXPECT_EQ(answer.outcome, Outcome::ok);
    return answer;
  }

  Outcome withdraw(TestBank& bank, std::uint32_t branch, std::int64_t amount) {
    Request request = who.withdraw(branch, amount);
    request.ack = AckLevel::local;
    return bank.wait(bank.call(branch, bank.current(request))).outcome;
  }

  static std::vector<std::int64_t> balances(TestBank& bank) {
    std::vector<std::int64_t> out;
    for (const BranchId branch : bank.bank().branches) {
      out.push_back(bank.balance(branch.value).minor);
    }
    return out;
  }

  TestCustomer who{1};
};

// Snapshots.

BranchOptions with_snapshots() {
  BranchOptions options;
  options.snapshot_every = 20;
  options.snapshot_part = 1;
  options.fetch_bytes = 1'000;
  return options;
}

TEST_F(Survival, ASnapshotSparesARestartTheRecordsBeforeIt) {
  TestBank bank({.opening = 300, .options = with_snapshots()});
  for (int i = 0; i < 200; ++i) {
    deposit(bank, 1, 1);
  }
  bank.run_for(seconds(1));
  bank.crash(1);
  EXPECT_LT(bank.records_to_read(1), 20U);
  bank.restart(1);
  bank.run_for(seconds(1));
  EXPECT_THAT(balances(bank), ElementsAre(500, 500, 500));
  EXPECT_EQ(withdraw(bank, 1, 500), Outcome::ok);
}

TEST_F(Survival, APeerThatWasAwayForLongIsSentWhatIsNoLongerInMemory) {
  TestBank bank({.opening = 0, .options = with_snapshots()});
  bank.run_for(seconds(1));
  bank.isolate(3);
  for (int i = 0; i < 150; ++i) {
    deposit(bank, 1 + static_cast<std::uint32_t>(i % 2), 1);
  }
  bank.run_for(seconds(5));
  EXPECT_EQ(bank.fetches(), 0U);
  bank.heal();
  bank.run_for(seconds(5));
  EXPECT_GT(bank.fetches(), 5U);
  EXPECT_THAT(balances(bank), ElementsAre(150, 150, 150));
  deposit(bank, 3, 1, AckLevel::all);
  EXPECT_THAT(balances(bank), ElementsAre(151, 151, 151));
}

TEST_F(Survival, AWriteIsKnownByItsRequestAfterSnapshotsAndARestart) {
  TestBank bank({.opening = 0, .options = with_snapshots()});
  Request first = who.deposit(1, 5);
  first.ack = AckLevel::local;
  const Answer said = bank.wait(bank.call(1, first));
  for (int i = 0; i < 60; ++i) {
    deposit(bank, 1, 1);
  }
  bank.crash(1);
  bank.restart(1);
  const Answer again = bank.wait(bank.call(1, first));
  EXPECT_EQ(again.outcome, Outcome::ok);
  EXPECT_EQ(again.balance, said.balance);
  EXPECT_EQ(bank.balance(1), Money{65});
}

// A full disk.

TEST_F(Survival, ANearlyFullDiskStopsWritesAndNothingElse) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.tell(2, DiskChecked{{.free = 10, .reserve = 11}});
  EXPECT_FALSE(bank.status(2).takes_writes);
  EXPECT_EQ(bank.wait(bank.call(2, who.deposit(2, 5))).outcome, Outcome::disk_full);
  EXPECT_EQ(withdraw(bank, 2, 5), Outcome::disk_full);
  deposit(bank, 1, 50);
  bank.run_for(seconds(5));
  EXPECT_THAT(balances(bank), ElementsAre(350, 300, 350)) << "it takes no entries from peers";
  EXPECT_EQ(bank.wait(bank.call(2, who.query(2))).balance, Money{300});
  bank.tell(2, DiskChecked{{.free = 11, .reserve = 11}});
  bank.run_for(seconds(5));
  EXPECT_THAT(balances(bank), ElementsAre(350, 350, 350));
  deposit(bank, 2, 1);
}

TEST_F(Survival, ABranchWithAFullDiskGivesNoRightsUntilItHasSpace) {
  TestBank bank({.branches = 2, .opening = 200});
  bank.run_for(seconds(1));
  bank.tell(2, DiskChecked{{.free = 10, .reserve = 11}});
  const CallId call = bank.call(1, who.withdraw(1, 150));
  bank.run_for(seconds(3));
  EXPECT_EQ(bank.answer(call), nullptr);
  bank.tell(2, DiskChecked{{.free = 11, .reserve = 11}});
  EXPECT_EQ(bank.wait(call).outcome, Outcome::ok);
}

// A lost disk.

TEST_F(Survival, ABranchThatLostItsDiskIsRebuiltFromTheOthers) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  deposit(bank, 2, 7, AckLevel::all);
  bank.crash(1);
  bank.recover(1);
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(337, 337, 337));
  EXPECT_EQ(bank.status(1).branch, (Origin{BranchId{1}, Incarnation{2}}));
  deposit(bank, 1, 1, AckLevel::all);
  EXPECT_THAT(balances(bank), ElementsAre(338, 338, 338));
}

TEST_F(Survival, WhatOnlyTheLostDiskHadIsGoneFromTheBooks) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.isolate(1);
  deposit(bank, 1, 1000);
  bank.crash(1);
  bank.heal();
  bank.recover(1);
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(330, 330, 330));
}

TEST_F(Survival, WhatAnyOtherBranchHasOfTheLostLogSurvives) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.cut(1, 2);
  bank.cut(2, 3);
  deposit(bank, 1, 30, AckLevel::majority);  // branch 3 has it, branch 2 does not
  bank.crash(1);
  bank.heal();
  bank.recover(1);
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(330, 330, 330));
}

TEST_F(Survival, TheRightsOfALostIncarnationAreFrozen) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.crash(1);
  bank.recover(1);
  bank.run_for(seconds(3));
  const Answer answer = bank.wait(bank.call(2, who.withdraw(2, 250)));
  EXPECT_EQ(answer.outcome, Outcome::unavailable);
  EXPECT_THAT(answer.unreached, ElementsAre(BranchId{1}));
  EXPECT_EQ(withdraw(bank, 2, 200), Outcome::ok);
  EXPECT_EQ(bank.balance(2), Money{100}) << "a lost withdrawal may have paid it out";
}

TEST_F(Survival, TheRightsOfALostIncarnationCanBeReleased) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.crash(1);
  bank.recover(1, /*release_rights=*/true);
  bank.run_for(seconds(3));
  EXPECT_EQ(withdraw(bank, 2, 300), Outcome::ok);
  bank.run_for(seconds(1));
  EXPECT_THAT(balances(bank), ElementsAre(0, 0, 0));
}

TEST_F(Survival, NoRightsAreReleasedWhileNoWritesAreTaken) {
  BranchOptions options;
  options.listen_first = seconds(10);
  TestBank bank({.opening = 300, .options = options});
  bank.run_for(seconds(1));
  bank.crash(1);
  bank.cut(1, 3);
  bank.recover(1, /*release_rights=*/true);
  bank.run_for(seconds(5));
  EXPECT_EQ(bank.at(1).state().own_length(), Sequence{}) << "it listens for branch 3";
  bank.run_for(seconds(6));
  EXPECT_GT(bank.at(1).state().own_length(), Sequence{});
}

TEST_F(Survival, AWindowFullOfWhatWaitsForTheLostLogDoesNotHoldThatUp) {
  BranchOptions options;
  options.beyond_window = 8;
  options.window_entries = 8;
  TestBank bank({.branches = 2, .opening = 10, .options = options});
  who.belongs_to(bank.bank());
  for (std::uint32_t i = 0; i < 40; ++i) {  // each depends on the one before at the other branch
    Request request = who.deposit(1 + i % 2, 5);
    request.ack = AckLevel::local;
    who.saw(bank.wait(bank.call(1 + i % 2, request)));
  }
  bank.run_for(seconds(1));
  bank.crash(2);
  bank.recover(2);
  bank.run_for(seconds(5));
  EXPECT_TRUE(bank.at(2).state().recovered());
  EXPECT_THAT(balances(bank), ElementsAre(210, 210));
}

TEST_F(Survival, NothingIsRefusedForLackOfMoneyThatCameInBeforeTheDiskWasLost) {
  BranchOptions options;
  options.beyond_window = 8;
  options.window_entries = 8;
  TestBank bank({.opening = 0, .options = options});
  for (int i = 0; i < 100; ++i) {
    deposit(bank, 1, 5);
  }
  bank.run_for(seconds(3));
  bank.crash(1);
  bank.recover(1, /*release_rights=*/true);
  EXPECT_EQ(withdraw(bank, 1, 400), Outcome::ok);  // all others answer before the log has arrived
  bank.run_for(seconds(1));
  EXPECT_THAT(balances(bank), ElementsAre(100, 100, 100));
}

TEST_F(Survival, ABranchCanLoseItsDiskAgainAndAgain) {
  TestBank bank({.opening = 300});
  for (int i = 0; i < 4; ++i) {
    deposit(bank, 2, 10, AckLevel::all);
    bank.crash(2);
    bank.recover(2, /*release_rights=*/i == 3);
    bank.run_for(seconds(3));
  }
  EXPECT_EQ(bank.status(2).branch.incarnation, Incarnation{5});
  EXPECT_THAT(balances(bank), ElementsAre(340, 340, 340));
  EXPECT_EQ(withdraw(bank, 3, 340), Outcome::ok);
}

TEST_F(Survival, ABranchWithAnOldDiskStops) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.crash(1);
  bank.restart(1, 0);
  bank.run_for(seconds(3));
  ASSERT_TRUE(bank.stopped(1).has_value());
  EXPECT_THAT(*bank.stopped(1), HasSubstr("passbook recover"));
}

TEST_F(Survival, WhatWaitsAtAPeerDoesNotOutliveTheDiskThatItCameFrom) {
  TestBank bank({.branches = 2, .opening = 300});
  bank.run_for(seconds(1));
  bank.tell(2, DiskChecked{{.free = 0, .reserve = 1}});  // it receives entries, and applies none
  deposit(bank, 1, 30);
  bank.run_for(seconds(1));
  bank.crash(1);
  bank.restart(1, 0);
  bank.run_for(seconds(3));
  deposit(bank, 1, 7);  // reuses the number of the entry that nobody has
  bank.tell(2, DiskChecked{{.free = 1, .reserve = 1}});
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(307, 307));
}

TEST_F(Survival, ABranchWithAnOldDiskThatNobodyCanTellIsSentWhatItOnceHad) {
  TestBank bank({.branches = 2, .opening = 300});
  deposit(bank, 2, 30, AckLevel::all);
  bank.run_for(seconds(1));
  bank.crash(1);
  bank.restart(1, 0);  // it had no entries of its own
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(330, 330));
}

TEST_F(Survival, ABranchWithAnOldDiskTakesNoWritesBeforeItHeardFromItsPeers) {
  BranchOptions options;
  options.listen_first = seconds(1);
  TestBank bank({.opening = 300, .options = options});
  deposit(bank, 1, 30, AckLevel::all);
  bank.crash(1);
  bank.restart(1, 0);
  const CallId call = bank.call(1, who.deposit(1, 5));
  bank.run_for(seconds(3));
  EXPECT_TRUE(bank.stopped(1).has_value());
  EXPECT_EQ(bank.answer(call), nullptr);
  EXPECT_THAT(balances(bank), ElementsAre(300, 330, 330));
}

TEST_F(Survival, ABranchThatListensDoesNotWaitToBeCalled) {
  BranchOptions options;
  options.listen_first = milliseconds(200);
  options.redial_first = seconds(5);  // for so long the others would not dial it
  options.redial_most = seconds(5);
  TestBank bank({.opening = 300, .options = options});
  deposit(bank, 1, 30, AckLevel::all);
  bank.crash(1);
  bank.run_for(seconds(6));
  bank.restart(1, 0);
  const CallId call = bank.call(1, who.deposit(1, 5));
  bank.run_for(seconds(1));
  EXPECT_TRUE(bank.stopped(1).has_value());
  EXPECT_EQ(bank.answer(call), nullptr);
}

TEST_F(Survival, ARestartedBranchThatHearsNobodyTakesWritesAfterAWhile) {
  BranchOptions options;
  options.listen_first = seconds(1);
  TestBank bank({.opening = 300, .options = options});
  bank.isolate(1);
  bank.crash(1);
  bank.restart(1);
  const Instant began = bank.now();
  deposit(bank, 1, 5);
  EXPECT_GE(bank.now() - began, seconds(1));
  EXPECT_LT(bank.now() - began, milliseconds(1100));
}

TEST_F(Survival, APeerThatReturnsWithSealedEntriesMustBeRecoveredToo) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.cut(1, 3);
  bank.cut(2, 3);
  deposit(bank, 1, 30, AckLevel::majority);  // branch 2 has it, branch 3 does not
  bank.crash(1);
  bank.crash(2);
  bank.heal();
  bank.recover(1, false, {2});
  bank.run_for(seconds(3));
  bank.restart(2);
  bank.run_for(seconds(3));
  ASSERT_TRUE(bank.stopped(2).has_value());
  EXPECT_THAT(*bank.stopped(2), HasSubstr("passbook recover rebuilds it"));
  EXPECT_THAT(balances(bank), ElementsAre(300, 330, 300));
  bank.crash(2);
  bank.restart(2);
  const CallId call = bank.call(2, who.query(2));
  EXPECT_TRUE(bank.stopped(2).has_value()) << "it knows by now without being told";
  EXPECT_EQ(bank.answer(call), nullptr);
  bank.crash(2);
  bank.recover(2);
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(300, 300, 300));
  deposit(bank, 2, 1, AckLevel::all);
  EXPECT_THAT(balances(bank), ElementsAre(301, 301, 301));
}

TEST_F(Survival, APassbookThatNamesLostWritesIsTrimmed) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.isolate(1);
  const Answer lost = deposit(bank, 1, 1000);
  bank.crash(1);
  bank.heal();
  bank.recover(1);
  bank.run_for(seconds(3));
  TestCustomer loser(2);
  loser.belongs_to(bank.bank());
  loser.saw(lost);
  const Answer told = bank.wait(bank.call(2, loser.query(2)));
  EXPECT_EQ(told.outcome, Outcome::lost_write);
  EXPECT_THAT(told.passbook.writes.positions(),
              ElementsAre(bank.at(2).state().logs().find({{BranchId{1}}, Sequence{1}})->end()));
  TestCustomer wiser(2);
  wiser.belongs_to(bank.bank());
  wiser.saw(told);
  EXPECT_EQ(bank.wait(bank.call(2, wiser.query(2))).balance, Money{330});
}

TEST_F(Survival, WhoeverWaitsForALostWriteIsToldWhenItIsKnownToBeLost) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.isolate(1);
  const Answer lost = deposit(bank, 1, 1000);
  TestCustomer loser(2);
  loser.belongs_to(bank.bank());
  loser.saw(lost);
  const CallId waiting = bank.call(2, loser.query(2));
  bank.crash(1);
  bank.heal();
  bank.recover(1);
  EXPECT_EQ(bank.wait(waiting).outcome, Outcome::lost_write);
}

// Random lives.

TEST_F(Survival, ManyLivesLaterNothingIsLostThatAMajorityHad) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    TestBank bank({.opening = 3000, .seed = seed, .options = with_snapshots()});
    bank.run_for(seconds(1));
    std::int64_t expected = 3000;
    for (int i = 0; i < 60; ++i) {
      const auto at = static_cast<std::uint32_t>(1 + random.below(3));
      switch (random.below(8)) {
        case 0:
          bank.crash(at);
          bank.restart(at);
          break;
        case 1:
          bank.crash(at);
          bank.recover(at, /*release_rights=*/true);
          bank.run_for(seconds(2));
          break;
        default:
          deposit(bank, at, 3, AckLevel::majority);
          expected += 3;
      }
      if (random.chance(1, 4)) {
        EXPECT_EQ(withdraw(bank, at, 10), Outcome::ok);
        bank.run_for(milliseconds(500));  // it was confirmed by one branch only
        expected -= 10;
      }
      bank.run_for(milliseconds(static_cast<std::int64_t>(random.below(500))));
    }
    deposit(bank, 1, 1, AckLevel::all);
    bank.run_for(seconds(2));
    EXPECT_THAT(balances(bank), ElementsAre(expected + 1, expected + 1, expected + 1));
    for (const BranchId branch : bank.bank().branches) {
      EXPECT_EQ(bank.stopped(branch.value), std::nullopt);
    }
  }
}

}  // namespace
}  // namespace passbook
