// SPDX-License-Identifier: Apache-2.0
#include "branch/escrow.h"

#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Escrow, AWithdrawalWithinItsBranchsRightsNeedsNobody) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.isolate(2);
  auto who = customer(bank, 1, {}, AckLevel::local);
  EXPECT_EQ(bank.wait(bank.call(2, who.withdraw(2, 100), seconds(1))).outcome, Outcome::ok);
}

TEST(Escrow, WhenMoneyMayBeBehindACutNothingIsRefusedForLackOfIt) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.isolate(2);
  auto who = customer(bank, 1, {}, AckLevel::local);
  const Answer answer = bank.wait(bank.call(2, who.withdraw(2, 101), seconds(1)));
  EXPECT_EQ(answer.outcome, Outcome::unavailable);
  EXPECT_THAT(answer.unreached, testing::ElementsAre(BranchId{1}, BranchId{3}));
  const Answer other = bank.wait(bank.call(1, who.withdraw(1, 5000), seconds(1)));
  EXPECT_EQ(other.outcome, Outcome::unavailable);
  EXPECT_THAT(other.unreached, testing::ElementsAre(BranchId{2}));
}

TEST(Escrow, OfThreeWithdrawalsThatTheMoneyAllowsOnceExactlyOneWins) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    TestBank bank({.opening = 400, .seed = seed});
    bank.run_for(seconds(1));
    std::vector<CallId> calls;
    for (const std::uint32_t branch : {1U, 2U, 3U}) {
      auto who = customer(bank, branch);
      calls.push_back(bank.call(branch, who.withdraw(branch, 300)));
      bank.run_for(std::chrono::microseconds(seed % 4 * 700));
    }
    int winners = 0;
    for (const CallId call : calls) {
      const Answer answer = bank.wait(call);
      winners += answer.outcome == Outcome::ok ? 1 : 0;
      ASSERT_TRUE(answer.outcome == Outcome::ok || answer.outcome == Outcome::insufficient_funds)
          << "seed " << seed << ": " << to_string(answer.outcome);
    }
    ASSERT_EQ(winners, 1) << "seed " << seed;
    for (const std::uint32_t branch : {1U, 2U, 3U}) {
      ASSERT_EQ(bank.balance(branch), Money{100}) << "seed " << seed;
    }
  }
}

TEST(Escrow, ManyContendersAreSettledOneAfterTheOtherUntilTheMoneyIsGone) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    TestBank bank({.branches = 7, .opening = 1000, .seed = seed});
    bank.run_for(seconds(1));
    std::vector<CallId> calls;
    for (std::uint32_t i = 0; i < 14; ++i) {
      auto who = customer(bank, i + 1);
      calls.push_back(bank.call(i % 7 + 1, who.withdraw(i % 7 + 1, 120)));
    }
    int winners = 0;
    for (const CallId call : calls) {
      winners += bank.wait(call).outcome == Outcome::ok ? 1 : 0;
    }
    ASSERT_EQ(winners, 8) << "seed " << seed << ": 1000 allows 120 eight times";
    for (std::uint32_t branch = 1; branch <= 7; ++branch) {
      ASSERT_EQ(bank.balance(branch), Money{40});
    }
  }
}

TEST(Escrow, ADepositAnywhereMeetsAClaimThatStands) {
  TestBank bank({.opening = 30});
  bank.run_for(seconds(1));
  bank.cut(1, 3);  // so that branch 1 can't prove a lack and waits
  auto who = customer(bank, 1, {}, AckLevel::local);
  auto other = customer(bank, 2, {}, AckLevel::local);
  const CallId waiting = bank.call(1, who.withdraw(1, 100));
  bank.run_for(milliseconds(100));
  ASSERT_EQ(bank.answer(waiting), nullptr);
  bank.wait(bank.call(2, other.deposit(2, 80)));
  EXPECT_EQ(bank.wait(waiting).outcome, Outcome::ok);
}

/// A claim that waits only for the money may take all of it.
TEST(Escrow, AClaimWhosePassbookCanNotBeMetHoldsNobodyUp) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.isolate(3);
  auto who = customer(bank, 1, {}, AckLevel::local);
  who.saw(bank.wait(bank.call(3, who.deposit(3, 50))));
  bank.crash(3);
  const CallId hopeless = bank.call(1, who.withdraw(1, 150));
  bank.run_for(milliseconds(100));
  auto other = customer(bank, 2, {}, AckLevel::local);
  const Instant asked = bank.now();
  EXPECT_EQ(bank.wait(bank.call(2, other.withdraw(2, 160))).outcome, Outcome::ok);
  EXPECT_LT(bank.now() - asked, milliseconds(50));
  const Answer unmet = bank.wait(hopeless);
  EXPECT_EQ(unmet.outcome, Outcome::unavailable);
  EXPECT_THAT(unmet.unreached, testing::ElementsAre(BranchId{3}));
}

TEST(Escrow, AClaimWhosePassbookHasComeIsServed) {
  TestBank bank({.opening = 300, .options = {.propagation_delay = milliseconds(500)}});
  bank.run_for(seconds(1));
  auto who = customer(bank, 1, {}, AckLevel::local);
  who.saw(bank.wait(bank.call(1, who.deposit(1, 400))));
  EXPECT_EQ(bank.wait(bank.call(2, who.withdraw(2, 450))).outcome, Outcome::ok);
}

/// The number of grants made since the beginning.
std::size_t grants(const TestBank& bank) {
  return static_cast<std::size_t>(std::ranges::count_if(bank.observations(), [](const auto& seen) {
    const auto* accepted = std::get_if<Accepted>(&seen.second);
    return accepted != nullptr && std::holds_alternative<Grant>(accepted->entry.change);
  }));
}

TEST(Escrow, AWithdrawalOfMoreThanTheBankHasMovesNoRights) {
  for (const std::uint32_t branches : {5U, 20U}) {
    TestBank bank({.branches = branches, .opening = 24'795, .options = {.observe = true}});
    bank.run_for(seconds(1));
    auto who = customer(bank, 1);
    EXPECT_EQ(bank.wait(bank.call(1, who.withdraw(1, 9'999'999))).outcome,
              Outcome::insufficient_funds);
    bank.run_for(seconds(1));
    EXPECT_EQ(grants(bank), 0U) << branches << " branches";
  }
}

/// The rights of each branch's first incarnation on an account, as branch 1 sees them.
std::vector<std::int64_t> rights(TestBank& bank) {
  std::vector<std::int64_t> out;
  for (const OriginTotals& totals : bank.at(1).state().ledger().find(kSharedAccount)->totals()) {
    out.push_back(totals.rights.minor);
  }
  return out;
}

TEST(Escrow, WhatAClaimGatheredInVainGoesBack) {
  TestBank bank({.opening = 300, .options = {.observe = true}});
  bank.run_for(seconds(1));
  auto who = customer(bank, 1);
  auto second = customer(bank, 2);
  const CallId in_time = bank.call(2, second.withdraw(2, 90));
  const CallId too_late = bank.call(1, who.withdraw(1, 250));
  EXPECT_EQ(bank.wait(in_time).outcome, Outcome::ok);
  EXPECT_EQ(bank.wait(too_late).outcome, Outcome::insufficient_funds);
  bank.run_for(seconds(1));
  EXPECT_GT(grants(bank), 0U);
  EXPECT_THAT(rights(bank), testing::ElementsAre(100, 10, 100));
}

/// The claim had asked branch 2 for rights that branch 2 no longer has, and then lacks none.
TEST(Escrow, NobodyIsAwakeForAClaimThatWaitsForItsPassbook) {
  TestBank bank({.opening = 300,
                 .options = {.propagation_delay = seconds(5),
                             .heartbeat_every = seconds(50),
                             .link_timeout = seconds(100)}});
  bank.run_for(seconds(1));
  auto who = customer(bank, 1, {}, AckLevel::local);
  auto other = customer(bank, 2, {}, AckLevel::local);
  auto third = customer(bank, 3, {}, AckLevel::local);
  who.saw(bank.wait(bank.call(3, who.deposit(3, 50))));
  bank.crash(3);
  EXPECT_EQ(bank.wait(bank.call(2, other.withdraw(2, 100))).outcome, Outcome::ok);
  bank.call(1, who.withdraw(1, 150), seconds(10));
  bank.run_for(milliseconds(10));
  EXPECT_EQ(bank.wait(bank.call(1, third.deposit(1, 60))).outcome, Outcome::ok);
  const std::size_t before = bank.steps();
  bank.run_until([&] { return bank.steps() > before + 100; }, seconds(2));
  EXPECT_LT(bank.steps() - before, 100U);
}

TEST(Escrow, AClaimOfABranchThatIsGoneHoldsNobodyUp) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.cut(1, 3);
  auto gone = customer(bank, 1, {}, AckLevel::local);
  bank.call(1, gone.withdraw(1, 100'000));  // gathers all rights within reach
  bank.run_for(milliseconds(50));
  bank.crash(1);
  auto who = customer(bank, 2, {}, AckLevel::local);
  EXPECT_EQ(bank.wait(bank.call(3, who.withdraw(3, 50), seconds(1))).outcome, Outcome::ok);
}

/// The whole bank's balance at each moment, computed from the accepted entries.
std::vector<std::pair<Instant, std::int64_t>> money_over_time(const TestBank& bank,
                                                              std::int64_t opening) {
  std::vector<std::pair<Instant, std::int64_t>> out{{Instant{}, opening}};
  for (const auto& [when, observation] : bank.observations()) {
    const auto* accepted = std::get_if<Accepted>(&observation);
    if (accepted == nullptr || std::holds_alternative<Grant>(accepted->entry.change)) {
      continue;
    }
    const std::int64_t amount = amount_of(accepted->entry.change).minor;
    const bool in = std::holds_alternative<Deposit>(accepted->entry.change);
    out.emplace_back(when, out.back().second + (in ? amount : -amount));
  }
  return out;
}

TEST(Escrow, AClaimThatCanNotBeMetBehindACutHoldsNobodyUp) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.isolate(3);
  TestCustomer rich(1);
  const CallId hopeless = bank.call(1, rich.withdraw(1, 250));
  bank.run_for(seconds(1));
  TestCustomer poor(2, {}, AckLevel::local);
  const Instant began = bank.now();
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_EQ(bank.wait(bank.call(branch, poor.withdraw(branch, 90))).outcome, Outcome::ok);
  }
  EXPECT_LT(bank.now() - began, milliseconds(200));
  EXPECT_EQ(bank.wait(hopeless).outcome, Outcome::unavailable);
}

TEST(Escrow, AClaimThatWasHopelessIsMetWhenTheCutHeals) {
  TestBank bank({.opening = 300});
  bank.run_for(seconds(1));
  bank.isolate(3);
  TestCustomer who(1);
  const CallId call = bank.call(1, who.withdraw(1, 250));
  bank.run_for(seconds(2));
  EXPECT_EQ(bank.answer(call), nullptr);
  bank.heal();
  EXPECT_EQ(bank.wait(call).outcome, Outcome::ok);
}

/// A claim stands at a peer only until the deadline in its request.
TEST(Escrow, AClaimThatIsToWaitLongerAsksAgainAtOnce) {
  // No full mesh: rights behind the cut may come through other branches, so the claim is not
  // hopeless.
  TestBank bank({.opening = 300, .options = {.full_mesh = 0, .observe = true}});
  bank.run_for(seconds(1));
  bank.cut(1, 3);
  auto who = customer(bank, 1, {}, AckLevel::local);
  const Request request = who.withdraw(1, 250);
  bank.call(1, request, seconds(3));
  bank.run_for(milliseconds(50));
  const auto asked = [&] {
    return std::ranges::count_if(bank.observations(), [](const auto& observed) {
      return std::holds_alternative<RightsRequested>(observed.second);
    });
  };
  const auto before = asked();
  EXPECT_GT(before, 0);
  bank.call(1, request, seconds(2));
  EXPECT_EQ(asked(), before) << "it ends no later than before";
  bank.call(1, request, seconds(8));
  EXPECT_EQ(asked(), before + 1);
}

TEST(Escrow, WhileThoseWhoHaveEnoughAreAskedNobodyElseIs) {
  TestBank bank({.opening = 300,
                 .options = {.observe = true},
                 .slowest = milliseconds(11),
                 .fastest = milliseconds(10)});
  bank.run_for(seconds(1));
  auto who = customer(bank, 1, {}, AckLevel::local);
  bank.call(1, who.withdraw(1, 150));
  auto another = customer(bank, 2, {}, AckLevel::local);
  bank.call(1, another.deposit(1, 1));  // the missing amount changes
  bank.run_for(milliseconds(5));
  std::vector<BranchId> asked;
  for (const auto& [when, observed] : bank.observations()) {
    if (const auto* requested = std::get_if<RightsRequested>(&observed)) {
      asked.insert(asked.end(), requested->peers.begin(), requested->peers.end());
    }
  }
  EXPECT_EQ(asked.size(), 1U);
}

TEST(Escrow, RandomCustomersNeverOverdrawAreNeverRefusedFalselyAndReplicasAgree) {
  std::map<Outcome, int> outcomes;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    constexpr std::int64_t kOpening = 200;
    TestBank bank({.branches = 4, .opening = kOpening, .seed = seed, .options = {.observe = true}});
    Random random(seed);
    struct Asked {
      CallId call;
      Instant from;
      std::int64_t amount;  // of a withdrawal, otherwise 0
    };
    std::vector<TestCustomer> customers;
    for (std::uint64_t i = 0; i < 6; ++i) {
      customers.push_back(customer(bank, i + 1, {}, i % 2 == 0 ? AckLevel::all : AckLevel::local));
    }
    for (int round = 0; round < 25; ++round) {
      std::vector<std::pair<std::size_t, Asked>> now;
      for (std::size_t i = 0; i < customers.size(); ++i) {
        const auto branch = static_cast<std::uint32_t>(random.below(4) + 1);
        const auto amount = static_cast<std::int64_t>(random.below(150) + 1);
        const auto kind = random.below(5);
        Request request = customers[i].query(branch);
        if (kind > 0) {
          request = kind == 1 ? customers[i].deposit(branch, amount)
                              : customers[i].withdraw(branch, amount);
        }
        now.push_back({i, {bank.call(branch, request), bank.now(), kind > 1 ? amount : 0}});
        bank.run_for(std::chrono::microseconds(random.below(900)));
      }
      for (auto& [who, asked] : now) {
        const Answer answer = bank.wait(asked.call);
        ++outcomes[answer.outcome];
        customers[who].saw(answer);
        ASSERT_TRUE(answer.outcome == Outcome::ok || answer.outcome == Outcome::insufficient_funds)
            << to_string(answer.outcome);
        if (answer.outcome == Outcome::insufficient_funds) {
          const auto money = money_over_time(bank, kOpening);
          bool lacked = false;
          for (std::size_t m = 0; m < money.size(); ++m) {
            const bool ends_before = m + 1 < money.size() && money[m + 1].first < asked.from;
            lacked = lacked || (!ends_before && money[m].second < asked.amount);
          }
          ASSERT_TRUE(lacked) << "seed " << seed << ": refused though the money was there";
        }
      }
    }
    bank.run_for(seconds(2));
    const auto money = money_over_time(bank, kOpening);
    for (std::uint32_t branch = 1; branch <= 4; ++branch) {
      ASSERT_EQ(bank.balance(branch), Money{money.back().second}) << "seed " << seed;
    }
    ASSERT_TRUE(std::ranges::all_of(money, [](const auto& m) { return m.second >= 0; }));
  }
  EXPECT_GT(outcomes[Outcome::ok], 1000);
  EXPECT_GT(outcomes[Outcome::insufficient_funds], 1000);
}

TEST(EscrowInALargeBank, StreamsToThoseWhoAreAskedStayWhileTheClaimStands) {
  TestBank bank({.branches = 8,
                 .opening = 800,
                 .options = {.heartbeat_every = std::chrono::hours(1),
                             .link_timeout = std::chrono::hours(2),
                             .linger = seconds(1),
                             .full_mesh = 2}});
  bank.run_for(seconds(1));
  bank.isolate(4);
  auto who = customer(bank, 1);
  const CallId call = bank.call(1, who.withdraw(1, 800), seconds(20));
  bank.run_for(seconds(15));
  ASSERT_EQ(bank.answer(call), nullptr) << "it waits for branch 4";
  for (const auto& [at, observation] : bank.observations()) {
    const auto* lost = std::get_if<PeerLost>(&observation);
    EXPECT_TRUE(lost == nullptr || lost->why != "no longer needed") << lost->peer.branch.value;
  }
}

}  // namespace
}  // namespace passbook
