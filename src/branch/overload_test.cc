// SPDX-License-Identifier: Apache-2.0
// Overload, and distant peers: both only slow things down.
#include <set>

#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Overload : public testing::Test {
 protected:
  Overload() { bank.isolate(1); }

  /// Calls that can't be confirmed while branch 1 is cut off.
  std::vector<CallId> deposits(TestCustomer& who, int count) {
    std::vector<CallId> out;
    for (; count > 0; --count) {
      out.push_back(bank.call(1, who.deposit(1, 1), seconds(5)));
    }
    return out;
  }

  int refused(const std::vector<CallId>& calls) {
    return static_cast<int>(std::ranges::count_if(calls, [&](CallId call) {
      const Answer* answer = bank.answer(call);
      return answer != nullptr && answer->outcome == Outcome::resource_exhausted;
    }));
  }

  TestBank bank{{.options = {.most_waiting = 10, .most_in_work = 20}}};
  TestCustomer greedy = customer(bank, 1);
  TestCustomer modest = customer(bank, 2);
};

TEST_F(Overload, MoreThanABranchTakesIsRefusedAtOnceWithAPause) {
  const auto calls = deposits(greedy, 40);
  EXPECT_EQ(refused(calls), 30);
  std::set<Duration> pauses;
  for (const CallId call : calls) {
    if (const Answer* answer = bank.answer(call)) {
      EXPECT_GE(answer->retry_after, milliseconds(50));
      EXPECT_LE(answer->retry_after, milliseconds(250));
      pauses.insert(answer->retry_after);
    }
  }
  EXPECT_GT(pauses.size(), 10U) << "not all come again together";
}

TEST_F(Overload, WhoAsksForLittleIsServedBesideOneWhoAsksWithoutEnd) {
  deposits(greedy, 1000);
  EXPECT_EQ(refused(deposits(modest, 2)), 0);
}

TEST_F(Overload, WhatWasRefusedHadNoEffectAndSucceedsLater) {
  deposits(greedy, 10);
  const Request request = greedy.deposit(1, 7);
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::resource_exhausted);
  EXPECT_EQ(bank.balance(1), Money{10});
  bank.heal();
  bank.run_for(seconds(3));
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::ok);
  EXPECT_EQ(bank.balance(1), Money{17});
}

TEST_F(Overload, OfAWriteThatStandsNobodySaysThatItHadNoEffect) {
  TestCustomer who = customer(bank, 3, {}, AckLevel::local);
  const Request request = who.deposit(1, 7);
  EXPECT_EQ(bank.wait(bank.call(1, request)).outcome, Outcome::ok);
  deposits(greedy, 40);
  const CallId again = bank.call(1, request, seconds(1));
  EXPECT_EQ(refused({again}), 0);
  EXPECT_EQ(bank.wait(again).outcome, Outcome::ok);
}

TEST_F(Overload, OnlyTheOriginSaysThatAWriteHadNoEffectSoFar) {
  TestBank full({.options = {.most_waiting = 0, .most_in_work = 0}});
  EXPECT_EQ(full.wait(full.call(1, greedy.deposit(1, 7))).outcome, Outcome::resource_exhausted);
  EXPECT_EQ(full.wait(full.call(2, greedy.deposit(1, 7))).outcome, Outcome::unknown);
  EXPECT_EQ(full.wait(full.call(2, greedy.query(2))).outcome, Outcome::resource_exhausted);
}

TEST_F(Overload, ACallForWhatIsInWorkAndOneThatGivesUpAreNeverRefused) {
  const Request first = greedy.deposit(1, 1);
  bank.call(1, first, seconds(5));
  deposits(greedy, 40);
  const CallId again = bank.call(1, first, seconds(5));
  EXPECT_EQ(refused({again}), 0);
  Request abandoned = greedy.deposit(1, 1);
  abandoned.operation = Abandon{};
  EXPECT_EQ(bank.wait(bank.call(1, abandoned)).outcome, Outcome::abandoned);
}

TEST_F(Overload, WhatWaitsToBeDecidedHasABoundOfItsOwn) {
  bank.heal();
  bank.run_for(seconds(3));
  TestCustomer elsewhere = customer(bank, 3, {}, AckLevel::local);
  bank.isolate(2);
  modest.saw(bank.wait(bank.call(2, elsewhere.deposit(2, 5))));
  std::vector<CallId> queries;
  for (int i = 0; i < 40; ++i) {
    queries.push_back(bank.call(1, modest.query(1), seconds(5)));
  }
  EXPECT_EQ(refused(queries), 35) << "they wait for what branch 2 alone has";
  EXPECT_EQ(refused(deposits(greedy, 3)), 0);
}

// Distant peers.

/// The ratio of entries sent in a bank to entries that had to be sent, with this message delay and
/// writes at branches up to `writing`.
double entries_sent_of_needed(Duration one_way, std::uint32_t writing) {
  TestBank bank({.branches = 4, .slowest = one_way});
  std::vector<TestCustomer> customers;
  for (std::uint32_t i = 1; i <= writing; ++i) {
    customers.push_back(customer(bank, i));
  }
  bank.run_for(seconds(5));
  constexpr int kRounds = 60;
  const std::uint64_t before = bank.entries_sent();
  for (int round = 0; round < kRounds; ++round) {
    for (std::uint32_t i = 1; i <= writing; ++i) {
      bank.call(i, customers[i - 1].deposit(i, 1), seconds(30));
    }
    bank.run_for(milliseconds(200));
  }
  bank.run_for(seconds(20));
  EXPECT_EQ(bank.balance(3), Money{writing * kRounds});
  return static_cast<double>(bank.entries_sent() - before) / (writing * kRounds * 3.0);
}

TEST(FarPeers, AreSentEachEntryHardlyMoreThanOnce) {
  for (const int one_way : {3, 200, 300, 400}) {
    EXPECT_LE(entries_sent_of_needed(milliseconds(one_way), 4), 1.2) << one_way << " ms";
  }
}

TEST(FarPeers, AreLeftInPeaceByThoseWhoWriteNothing) {
  for (const int one_way : {3, 200, 300, 400}) {
    EXPECT_LE(entries_sent_of_needed(milliseconds(one_way), 1), 1.2) << one_way << " ms";
  }
}

// Help.

TEST(Help, ComesFromAFewAndOnlyWhereThatIsNotEnoughFromMore) {
  TestBank bank({.branches = 12});
  bank.run_for(seconds(3));
  bank.cut(1, 9);
  const std::uint64_t before = bank.entries_sent();
  TestCustomer who = customer(bank, 1, {}, AckLevel::local);
  bank.wait(bank.call(1, who.deposit(1, 1)));
  bank.run_for(seconds(3));
  EXPECT_EQ(bank.balance(9), Money{1});
  EXPECT_LE(bank.entries_sent() - before, 10U + 2U) << "ten have it from branch 1, two help";
  for (const std::uint32_t helper : {10U, 11U, 12U}) {
    bank.cut(helper, 9);
  }
  bank.wait(bank.call(1, who.deposit(1, 1)));
  bank.run_for(seconds(3));
  EXPECT_EQ(bank.balance(9), Money{2});
}

// Large banks.

/// The number of writes, made one after the other anywhere, that are not confirmed by all within
/// two seconds. Now and then a branch asks all others, and so has streams to branches that are not
/// its neighbours.
int unconfirmed_in(std::uint64_t seed) {
  TestBank bank({.branches = 23, .seed = seed, .slowest = milliseconds(20)});
  Random random(seed);
  bank.run_for(seconds(5));
  int out = 0;
  for (int i = 0; i < 100; ++i) {
    TestCustomer who = customer(bank, static_cast<std::uint64_t>(i) + 1);
    if (i % 10 == 0) {
      const auto asks = static_cast<std::uint32_t>(random.below(23)) + 1;
      bank.wait(bank.call(asks, who.withdraw(asks, 1'000'000)));
    }
    const auto at = static_cast<std::uint32_t>(random.below(23)) + 1;
    out += bank.wait(bank.call(at, who.deposit(at, 1), seconds(2))).outcome == Outcome::ok ? 0 : 1;
  }
  return out;
}

TEST(LargeBank, HearsThatAllHaveAWriteWhicheverWayTheirWordComes) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    EXPECT_EQ(unconfirmed_in(seed), 0) << seed;
  }
}

TEST(LargeBank, OfFarPeersIsAskedWithoutLongPauses) {
  TestBank bank({.branches = 20, .slowest = milliseconds(400)});
  bank.run_for(seconds(10));
  TestCustomer who = customer(bank, 1);
  EXPECT_EQ(bank.wait(bank.call(3, who.withdraw(3, 1), seconds(6))).outcome,
            Outcome::insufficient_funds)
      << "all say what they have, most of them no neighbours";
}

}  // namespace
}  // namespace passbook
