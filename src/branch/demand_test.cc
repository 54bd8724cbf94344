// SPDX-License-Identifier: Apache-2.0
#include "branch/demand.h"

#include <rapidcheck/gtest.h>

#include <numeric>

#include "branch/test_bank.h"

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr BranchId kA{1};
constexpr BranchId kB{2};
constexpr BranchId kC{3};

/// Only branch A spends.
Demand all_at_a() {
  Demand out;
  out.spent(kA, Money{10});
  return out;
}

TEST(Demand, SharesEquallyWhileNobodyHasSpent) {
  EXPECT_EQ(Demand().target(kA, Money{300}, 3), Money{100});
}

TEST(Demand, RightsBelongWhereMoneyIsSpent) {
  const Demand demand = all_at_a();
  EXPECT_EQ(demand.target(kA, Money{3000}, 3), Money{2800});
  EXPECT_EQ(demand.target(kB, Money{3000}, 3), Money{100}) << "nobody is left with nothing";
}

TEST(Demand, FollowsTheSpending) {
  Demand demand = all_at_a();
  for (int i = 0; i < 300; ++i) {
    demand.spent(kB, Money{10});
  }
  EXPECT_GT(demand.target(kB, Money{3000}, 3), Money{2750});
}

TEST(Demand, TargetsAreNoMoreThanThereIs) {
  Demand demand;
  demand.spent(kA, Money::max());
  demand.spent(kA, Money::max());
  EXPECT_LE(demand.target(kA, Money::max(), 1), Money::max());
  EXPECT_GE(demand.target(kA, Money::max(), 1), Money{Money::max().minor / 2});
}

TEST(PlanRightsRequests, AsksThoseWithMostToSpareAndNoMoreThanItTakes) {
  const std::vector<Holding> peers{{kB, Money{500}}, {kC, Money{900}}};
  EXPECT_THAT(plan_rights_requests(Money{600}, peers, all_at_a(), Money{1500}, 3),
              ElementsAre(Holding{kC, Money{600}}));
  EXPECT_THAT(plan_rights_requests(Money{1000}, peers, all_at_a(), Money{1500}, 3),
              ElementsAre(Holding{kC, Money{850}}, Holding{kB, Money{150}}));
}

TEST(PlanRightsRequests, TakesWhatOthersNeedTooWhenItMust) {
  const std::vector<Holding> peers{{kB, Money{500}}, {kC, Money{900}}};
  EXPECT_THAT(plan_rights_requests(Money{1400}, peers, all_at_a(), Money{1500}, 3),
              ElementsAre(Holding{kC, Money{900}}, Holding{kB, Money{500}}));
}

TEST(PlanRightsRequests, AsksNobodyWhenAllTogetherHaveTooLittle) {
  const std::vector<Holding> peers{{kB, Money{500}}, {kC, Money{900}}};
  EXPECT_THAT(plan_rights_requests(Money{1401}, peers, {}, Money{1500}, 3), IsEmpty());
}

RC_GTEST_PROP(PlanRightsRequests, TheAsksAreForWhatIsMissingAndNobodyIsAskedForMoreThanItHas, ()) {
  std::vector<Holding> peers;
  Demand demand;
  Money all;
  const auto branches = *rc::gen::inRange(2U, 9U);
  for (std::uint32_t i = 2; i <= branches; ++i) {
    peers.push_back({BranchId{i}, Money{*rc::gen::inRange<std::int64_t>(0, 1000)}});
    demand.spent(BranchId{i}, Money{*rc::gen::inRange<std::int64_t>(1, 100)});
    all += peers.back().rights;
  }
  const Money missing{*rc::gen::inRange<std::int64_t>(1, 3000)};
  const auto asks = plan_rights_requests(missing, peers, demand, all + Money{50}, branches);
  Money asked;
  for (const auto& [branch, amount] : asks) {
    RC_ASSERT(amount > Money{});
    RC_ASSERT(amount <= std::ranges::find(peers, branch, &Holding::branch)->rights);
    asked += amount;
  }
  RC_ASSERT(asked == (missing <= all ? missing : Money{}));
}

TEST(PlanRestock, AsksForNothingWhileThereIsHalfOfWhatThereShouldBe) {
  const std::vector<Holding> peers{{kB, Money{1000}}, {kC, Money{1000}}};
  Demand demand;
  demand.spent(kA, Money{3000});
  EXPECT_THAT(plan_restock({kA, Money{1400}}, peers, demand, Money{3000}, 3), IsEmpty());
  EXPECT_THAT(plan_restock({kA, Money{1000}}, peers, demand, Money{3000}, 3),
              ElementsAre(Holding{kB, Money{900}}, Holding{kC, Money{900}}));
}

TEST(PlanRestock, AsksForNoMoreThanWasSpentRecently) {
  const std::vector<Holding> peers{{kB, Money{1000}}, {kC, Money{1000}}};
  EXPECT_THAT(plan_restock({kA, Money{5}}, peers, all_at_a(), Money{3000}, 3), IsEmpty());
  EXPECT_THAT(plan_restock({kA, Money{4}}, peers, all_at_a(), Money{3000}, 3),
              ElementsAre(Holding{kB, Money{6}}));
}

TEST(PlanRestock, AsksForWhatOthersDoNotNeed) {
  const std::vector<Holding> others{{kA, Money{2000}}, {kC, Money{1000}}};
  Demand demand = all_at_a();
  demand.spent(kB, Money{1});
  demand.spent(kA, Money{10});
  EXPECT_THAT(plan_restock({kB, Money{0}}, others, demand, Money{3000}, 3), IsEmpty())
      << "it spent next to nothing";
  demand.spent(kB, Money{5});
  EXPECT_THAT(plan_restock({kB, Money{0}}, others, demand, Money{3000}, 3),
              ElementsAre(Holding{kC, Money{5}}));
}

TEST(Spare, IsWhatABranchHasAboveItsTarget) {
  EXPECT_EQ(spare({kB, Money{1000}}, Money{2000}, all_at_a(), Money{3000}, 3), Money{900});
  EXPECT_EQ(spare({kB, Money{1000}}, Money{300}, all_at_a(), Money{3000}, 3), Money{300});
  EXPECT_EQ(spare({kA, Money{1000}}, Money{300}, all_at_a(), Money{3000}, 3), Money{0});
}

// Whole banks.

/// A hundred withdrawals a second, 90% of them at one branch of ten, and deposits everywhere that
/// keep the money from running out. Returns the sum of all replicas' counters.
EscrowCounters spend_mostly_at_one_branch(std::int64_t opening, std::uint64_t seed) {
  TestBank bank({.branches = 10, .opening = opening, .seed = seed});
  bank.run_for(std::chrono::seconds(1));
  Random random(seed);
  TestCustomer who(1, Guarantees::eventual(), AckLevel::local);
  for (int i = 0; i < 2000; ++i) {
    const auto anywhere = static_cast<std::uint32_t>(1 + random.below(10));
    const std::uint32_t at = random.chance(9, 10) ? 1 : anywhere;
    const auto amount = static_cast<std::int64_t>(1 + random.below(200));
    bank.call(at, who.withdraw(at, amount));
    bank.call(anywhere, who.deposit(anywhere, static_cast<std::int64_t>(1 + random.below(200))));
    bank.run_for(std::chrono::milliseconds(10));
  }
  bank.run_for(std::chrono::seconds(11));
  EscrowCounters sum;
  for (const BranchId branch : bank.bank().branches) {
    const EscrowCounters& one = bank.at(branch.value).counters();
    sum.served_locally += one.served_locally;
    sum.served_by_asking += one.served_by_asking;
    sum.refused_with_proof += one.refused_with_proof;
    sum.undecided_reachable += one.undecided_reachable;
    sum.undecided_unreached += one.undecided_unreached;
    sum.rights_requests_sent += one.rights_requests_sent;
    sum.rebalance_requests_sent += one.rebalance_requests_sent;
    sum.grants_given += one.grants_given;
  }
  return sum;
}

TEST(Restocking, ServesNearlyAllWithdrawalsLocallyWhereverTheyAre) {
  for (const std::int64_t opening : {100'000, 10'000, 5'000}) {
    const EscrowCounters sum = spend_mostly_at_one_branch(opening, 1);
    fmt::print(
        "opening {}: of 2000 withdrawals {} locally, {} by asking, {} refused; {} asks, {} wishes, "
        "{} grants\n",
        opening, sum.served_locally, sum.served_by_asking, sum.refused_with_proof,
        sum.rights_requests_sent, sum.rebalance_requests_sent, sum.grants_given);
    EXPECT_EQ(sum.undecided_reachable + sum.undecided_unreached, 0U);
    EXPECT_GE(sum.served_locally, 1900U);
  }
}

}  // namespace
}  // namespace passbook
