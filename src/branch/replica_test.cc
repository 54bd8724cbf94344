// SPDX-License-Identifier: Apache-2.0
#include "branch/replica.h"

#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void expect_all_at(TestBank& bank, std::int64_t balance) {
  for (const BranchId branch : bank.bank().branches) {
    EXPECT_EQ(bank.balance(branch.value), Money{balance}) << "branch " << branch.value;
  }
}

TEST(Replica, ADepositReachesEveryBranchBeforeItIsAcknowledgedByAll) {
  TestBank bank({.opening = 400});
  auto who = customer(bank, 1);
  const Answer answer = bank.wait(bank.call(2, who.deposit(2, 170)));
  EXPECT_EQ(answer.outcome, Outcome::ok);
  EXPECT_EQ(answer.balance, Money{570});
  EXPECT_EQ(answer.confirmed, 3U);
  expect_all_at(bank, 570);
}

TEST(Replica, ALocalAcknowledgementDoesNotWaitForAnyone) {
  TestBank bank({.opening = 400});
  auto who = customer(bank, 1, {}, AckLevel::local);
  const CallId call = bank.call(1, who.deposit(1, 1));
  ASSERT_NE(bank.answer(call), nullptr) << "answered in the same step";
  EXPECT_EQ(bank.answer(call)->confirmed, 1U);
}

TEST(Replica, AMajorityAcknowledgementNeedsNoMore) {
  TestBank bank({.branches = 5});
  bank.isolate(4);
  bank.isolate(5);
  auto who = customer(bank, 1, {}, AckLevel::majority);
  EXPECT_EQ(bank.wait(bank.call(1, who.deposit(1, 1))).outcome, Outcome::ok);
}

TEST(Replica, ABankOfOneBranchServesEverything) {
  TestBank bank({.branches = 1, .opening = 10});
  auto who = customer(bank, 1);
  EXPECT_EQ(bank.wait(bank.call(1, who.deposit(1, 5))).balance, Money{15});
  EXPECT_EQ(bank.wait(bank.call(1, who.withdraw(1, 15))).balance, Money{0});
  EXPECT_EQ(bank.wait(bank.call(1, who.withdraw(1, 1))).outcome, Outcome::insufficient_funds);
}

TEST(Replica, AWriteThatTooFewConfirmStandsAndIsCalledUnconfirmed) {
  TestBank bank({});
  bank.run_for(seconds(1));
  bank.isolate(3);
  auto who = customer(bank, 1);
  const Request request = who.deposit(1, 5);
  const Answer answer = bank.wait(bank.call(1, request, seconds(2)));
  EXPECT_EQ(answer.outcome, Outcome::unconfirmed);
  EXPECT_EQ(answer.confirmed, 2U);
  EXPECT_THAT(answer.unreached, testing::ElementsAre(BranchId{3}));
  EXPECT_EQ(bank.balance(1), Money{5});
  const CallId retry = bank.call(1, request);
  bank.heal();
  EXPECT_EQ(bank.wait(retry).outcome, Outcome::ok) << "a retry of the same id waits on";
  expect_all_at(bank, 5);
}

TEST(Replica, AQueryWaitsForTheCustomersOwnWrites) {
  TestBank bank({.options = {.propagation_delay = milliseconds(500)}});
  auto who = customer(bank, 1, {}, AckLevel::local);
  who.saw(bank.wait(bank.call(1, who.deposit(1, 400))));
  const Instant asked = bank.now();
  EXPECT_EQ(bank.wait(bank.call(2, who.query(2))).balance, Money{400});
  EXPECT_GE(bank.now() - asked, milliseconds(400));
  EXPECT_LE(bank.now() - asked, milliseconds(600));
}

TEST(Replica, ARequestThatLacksEntriesOfSeveralLogsWaitsForAllOfThem) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  auto who = customer(bank, 1, {}, AckLevel::local);
  bank.cut(1, 2);
  bank.cut(1, 3);
  bank.cut(2, 3);
  Request both = who.query(1);
  for (const std::uint32_t branch : {2U, 3U}) {
    const Answer answer = bank.wait(bank.call(branch, customer(bank, branch).deposit(branch, 5)));
    EXPECT_EQ(answer.outcome, Outcome::unconfirmed);
    both.passbook.merge(answer.passbook);
  }
  const CallId query = bank.call(1, both);
  Request write = customer(bank, 4, {}, AckLevel::local).deposit(1, 5);
  write.passbook = both.passbook;
  const CallId deposit = bank.call(1, write);
  bank.heal();
  EXPECT_EQ(bank.wait(query).balance, Money{310});
  EXPECT_EQ(bank.wait(deposit).outcome, Outcome::ok);
}

TEST(Replica, AnEventualQueryShowsWhatIsThere) {
  TestBank bank({.options = {.propagation_delay = milliseconds(500)}});
  auto who = customer(bank, 1, Guarantees::eventual(), AckLevel::local);
  who.saw(bank.wait(bank.call(1, who.deposit(1, 400))));
  EXPECT_EQ(bank.wait(bank.call(2, who.query(2))).balance, Money{0});
}

TEST(Replica, WritesOfACustomerAreAppliedInOrderAtBranchesItNeverVisits) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    TestBank bank({.seed = seed, .slowest = milliseconds(50)});
    bank.run_for(seconds(1));
    auto who = customer(bank, 1, {}, AckLevel::local);
    who.saw(bank.wait(bank.call(1, who.deposit(1, 100))));
    who.saw(bank.wait(bank.call(2, who.deposit(2, 10))));
    bank.run_until([&] { return bank.balance(3) != Money{0}; }, seconds(1));
    EXPECT_NE(bank.balance(3), Money{10}) << "the second deposit without the first";
  }
}

TEST(Replica, NamesTheBranchWhoseEntriesDoNotArrive) {
  TestBank bank({});
  bank.run_for(seconds(1));
  bank.isolate(1);
  auto who = customer(bank, 1, {}, AckLevel::local);
  who.saw(bank.wait(bank.call(1, who.deposit(1, 5))));
  const Answer answer = bank.wait(bank.call(2, who.query(2), seconds(1)));
  EXPECT_EQ(answer.outcome, Outcome::unavailable);
  EXPECT_THAT(answer.unreached, testing::ElementsAre(BranchId{1}));
  EXPECT_EQ(answer.balance, std::nullopt);
}

TEST(Replica, RefusesAPassbookOfAnotherBank) {
  TestBank bank({});
  auto who = customer(bank, 1);
  who.saw(bank.wait(bank.call(1, who.deposit(1, 5))));
  Request request = who.query(2);
  request.bank = BankId{12345};
  EXPECT_EQ(bank.wait(bank.call(2, request)).outcome, Outcome::invalid_passbook);
  request = who.query(2);
  request.passbook.reads.raise({{{BranchId{9}}, Sequence{1}}, Tag{}});
  EXPECT_EQ(bank.wait(bank.call(2, request)).outcome, Outcome::invalid_passbook);
}

TEST(Replica, RefusesWhatIsWrongInItself) {
  TestBank bank({});
  auto who = customer(bank, 1);
  EXPECT_EQ(bank.wait(bank.call(1, who.deposit(1, 0))).outcome, Outcome::bad_amount);
  EXPECT_EQ(bank.wait(bank.call(1, who.withdraw(1, -1))).outcome, Outcome::bad_amount);
  EXPECT_EQ(bank.wait(bank.call(1, who.deposit(1, Money::max().minor))).outcome, Outcome::overflow);
  Request request = who.query(1);
  request.operation = Query{AccountId{77}};
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::unknown_account);
}

TEST(Replica, ARetryIsAnsweredAndNotExecuted) {
  TestBank bank({});
  auto who = customer(bank, 1);
  const Request request = who.deposit(1, 5);
  const CallId first = bank.call(1, request);
  const CallId joined = bank.call(1, request);
  EXPECT_EQ(bank.wait(first).balance, Money{5});
  EXPECT_EQ(bank.wait(joined).balance, Money{5});
  bank.wait(bank.call(1, who.deposit(1, 7)));
  EXPECT_EQ(bank.wait(bank.call(1, request)).balance, Money{5}) << "its first answer";
  EXPECT_EQ(bank.wait(bank.call(3, request)).outcome, Outcome::ok) << "also elsewhere";
  bank.run_for(seconds(1));
  expect_all_at(bank, 12);
}

TEST(Replica, ARetryElsewhereIsNeverExecuted) {
  TestBank bank({});
  bank.run_for(seconds(1));
  bank.isolate(1);
  auto who = customer(bank, 1);
  const Request request = who.deposit(1, 5);
  const Answer answer = bank.wait(bank.call(2, request, seconds(1)));
  EXPECT_EQ(answer.outcome, Outcome::unknown);
  EXPECT_THAT(answer.unreached, testing::ElementsAre(BranchId{1}));
  bank.heal();
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::ok);
  EXPECT_EQ(bank.wait(bank.call(2, request)).outcome, Outcome::ok) << "now it is known there";
  bank.run_for(seconds(1));
  expect_all_at(bank, 5);
}

TEST(Replica, ARefusalIsRememberedSoThatALateDuplicateHasNoEffect) {
  TestBank bank({.opening = 3});
  auto who = customer(bank, 1);
  const Request request = who.withdraw(1, 5);
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::insufficient_funds);
  bank.wait(bank.call(1, who.deposit(1, 100)));
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::insufficient_funds);
  bank.run_for(seconds(1));
  expect_all_at(bank, 103);
}

TEST(Replica, TheSameIdWithAnotherBodyIsRefused) {
  TestBank bank({.opening = 3});
  auto who = customer(bank, 1);
  Request request = who.deposit(1, 5);
  bank.wait(bank.call(1, request));
  request.operation = Deposit{kSharedAccount, Money{6}};
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::request_id_reused);
  Request refused = who.withdraw(1, 5000);
  bank.wait(bank.call(1, refused));
  refused.operation = Withdrawal{kSharedAccount, Money{1}};
  EXPECT_EQ(bank.wait(bank.call(1, refused)).outcome, Outcome::request_id_reused);
}

TEST(Replica, ACrashedBranchGoesOnFromWhatItPersisted) {
  TestBank bank({.opening = 30});
  auto who = customer(bank, 1);
  bank.wait(bank.call(1, who.deposit(1, 5)));
  bank.crash(1);
  bank.wait(bank.call(2, who.deposit(2, 7), seconds(1)));
  bank.restart(1);
  bank.run_for(seconds(3));
  expect_all_at(bank, 42);
  EXPECT_EQ(bank.wait(bank.call(1, who.withdraw(1, 42))).outcome, Outcome::ok);
}

TEST(Replica, MakesASnapshotAfterAsManyRecordsAsWasSaid) {
  BranchOptions options;
  options.snapshot_every = 3;
  TestBank bank({.branches = 1, .options = options});
  auto who = customer(bank, 1);
  bank.wait(bank.call(1, who.deposit(1, 5)));
  EXPECT_EQ(bank.records_to_read(1), 2U) << "its beginning, and the deposit";
  bank.wait(bank.call(1, who.deposit(1, 5)));
  EXPECT_EQ(bank.records_to_read(1), 0U);
}

TEST(Replica, ABranchThatLostItsOwnEntriesStopsInsteadOfReusingTheirNumbers) {
  TestBank bank({});
  auto who = customer(bank, 1);
  bank.wait(bank.call(1, who.deposit(1, 5)));
  bank.crash(1);
  bank.restart(1, 0);
  bank.run_for(seconds(3));
  ASSERT_TRUE(bank.stopped(1).has_value());
  EXPECT_THAT(*bank.stopped(1), testing::HasSubstr("old or gone"));
}

TEST(Replica, EntriesOfABranchThatIsDownReachEveryoneThroughOthers) {
  TestBank bank({.branches = 4});
  bank.run_for(seconds(1));
  bank.cut(1, 3);
  bank.cut(1, 4);
  auto who = customer(bank, 1, {}, AckLevel::local);
  bank.wait(bank.call(1, who.deposit(1, 5)));
  bank.run_for(milliseconds(20));
  bank.crash(1);
  bank.run_for(seconds(1));
  EXPECT_EQ(bank.balance(3), Money{5});
  EXPECT_EQ(bank.balance(4), Money{5});
}

TEST(Replica, FiftyBranchesAllConfirm) {
  TestBank bank({.branches = 50, .opening = 400});
  bank.run_for(seconds(1));
  auto who = customer(bank, 1);
  const Instant asked = bank.now();
  const Answer answer = bank.wait(bank.call(7, who.deposit(7, 10)));
  EXPECT_EQ(answer.confirmed, 50U);
  EXPECT_LE(bank.now() - asked, milliseconds(40)) << "a few hops there and back, no more";
  EXPECT_EQ(bank.wait(bank.call(30, who.withdraw(30, 400))).outcome, Outcome::ok)
      << "rights come from branches that are no neighbours";
  EXPECT_EQ(bank.wait(bank.call(31, who.withdraw(31, 20))).outcome, Outcome::insufficient_funds);
}

TEST(Replica, FiftyBranchesConfirmAlsoWhenOneOnTheWayIsDead) {
  TestBank bank({.branches = 50});
  bank.run_for(seconds(1));
  bank.crash(9);  // branch 9 passes on branch 1's entries
  auto who = customer(bank, 1);
  const Answer answer = bank.wait(bank.call(1, who.deposit(1, 10), seconds(5)));
  EXPECT_EQ(answer.outcome, Outcome::unconfirmed);
  EXPECT_EQ(answer.confirmed, 49U);
  EXPECT_THAT(answer.unreached, testing::ElementsAre(BranchId{9}));
}

/// The remaining differences after two branches that were cut off reconnect, while a deposit at one
/// of them or at the third is on its way, and nothing happens after that.
struct Left {
  std::uint64_t lag = 0;  ///< the most entries that a branch thinks another lacks
  std::size_t steps = 0;  ///< in the last ten seconds
};

Left left_after_greetings(std::uint32_t depositor, bool pass_on, Duration deposit_after) {
  TestBank bank({.options = {.heartbeat_every = std::chrono::hours(1),
                             .link_timeout = std::chrono::hours(2),
                             .patience_most = milliseconds(300),
                             .pass_on = pass_on},
                 .slowest = milliseconds(301),
                 .fastest = milliseconds(300)});
  bank.run_for(seconds(3));
  bank.cut(2, 3);
  bank.run_for(seconds(3));
  bank.heal();
  bank.run_for(deposit_after);
  auto who = customer(bank, 1, {}, AckLevel::local);
  bank.call(depositor, who.deposit(depositor, 5));
  bank.run_for(seconds(20));
  Left out{.steps = bank.steps()};
  bank.run_for(seconds(10));
  out.steps = bank.steps() - out.steps;
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    for (const PeerStatus& peer : bank.status(branch).peers) {
      out.lag = std::max(out.lag, peer.lag);
    }
  }
  return out;
}

TEST(Replica, WhatIsAppliedWhileAGreetingIsOnItsWayIsReported) {
  for (Duration after{}; after < seconds(2); after += milliseconds(50)) {
    EXPECT_EQ(left_after_greetings(1, false, after).lag, 0U) << after.count() << " ns";
  }
}

TEST(Replica, AnIdleBranchThatHasWhatOthersHaveIsNotWoken) {
  for (Duration after{}; after < seconds(2); after += milliseconds(50)) {
    for (const std::uint32_t depositor : {1U, 2U, 3U}) {
      EXPECT_EQ(left_after_greetings(depositor, true, after).steps, 0U) << after.count() << " ns";
    }
  }
}

}  // namespace
}  // namespace passbook
