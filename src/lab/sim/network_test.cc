// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/network.h"

#include <gtest/gtest.h>

#include <set>

#include "lab/sim/world.h"

namespace passbook::sim {
namespace {

constexpr BranchId kA{1};
constexpr BranchId kB{2};
constexpr BranchId kC{3};

TEST(Network, BlocksOneWayAndNotTheOther) {
  Network network{sim::Setup{}};
  network.cut(1, {{kA, kB}});
  EXPECT_TRUE(network.blocked(kA, kB));
  EXPECT_FALSE(network.blocked(kB, kA));
}

TEST(Network, FreesAWayWhenTheLastOfTheCutsThatBlockItIsHealed) {
  Network network{sim::Setup{}};
  network.cut(1, {{kA, kB}, {kA, kC}});
  network.cut(2, {{kA, kB}});
  network.heal(1);
  EXPECT_TRUE(network.blocked(kA, kB));
  EXPECT_FALSE(network.blocked(kA, kC));
  EXPECT_FALSE(network.is_cut(1));
  network.heal(1);
  EXPECT_TRUE(network.blocked(kA, kB)) << "a cut heals once";
  EXPECT_FALSE(network.whole());
  network.heal(2);
  EXPECT_TRUE(network.whole());
}

TEST(Network, LosesNothingAndDoublesNothingWhileItIsCalm) {
  sim::Setup setup;
  setup.network.slowest = Duration(10);
  setup.network.slow_in_million = 1'000'000;
  setup.network.lost_in_million = 1'000'000;
  setup.network.twice_in_million = 1'000'000;
  Network network(setup);
  EXPECT_TRUE(network.loses());
  EXPECT_TRUE(network.doubles());
  network.set_calm(true);
  EXPECT_FALSE(network.loses());
  EXPECT_FALSE(network.doubles());
  for (int i = 0; i < 100; ++i) {
    EXPECT_LE(network.delay(), setup.network.slowest);
  }
  network.set_calm(false);
  EXPECT_TRUE(network.loses());
}

/// The transit time from one branch of a bank of six to another, without chance.
Duration distance(std::uint32_t sites, BranchId from, BranchId to) {
  sim::Setup setup;
  for (std::uint32_t i = 1; i <= 6; ++i) {
    setup.bank.branches.emplace_back(i);
  }
  setup.network.sites = sites;
  setup.network.site_nearest = std::chrono::milliseconds(100);
  setup.network.site_farthest = std::chrono::milliseconds(400);
  Network network(setup);
  EXPECT_EQ(network.delay(), Duration{}) << "customers are near";
  return network.delay(from, to);
}

TEST(Network, TakesLongerFromOneSiteToAnother) {
  EXPECT_EQ(distance(0, kA, kB), Duration{});
  EXPECT_EQ(distance(2, kA, kC), Duration{}) << "every other branch is at the same site";
  std::set<Duration> met;
  for (std::uint32_t one = 1; one <= 6; ++one) {
    for (std::uint32_t other = 1; other < one; ++other) {
      const Duration there = distance(1'000, BranchId{one}, BranchId{other});
      EXPECT_EQ(there, distance(1'000, BranchId{other}, BranchId{one}));
      EXPECT_EQ(there, distance(1'000, BranchId{other}, twin_of(BranchId{one})));
      EXPECT_GE(there, std::chrono::milliseconds(100));
      EXPECT_LE(there, std::chrono::milliseconds(400));
      met.insert(there);
    }
  }
  EXPECT_EQ(met.size(), 15U) << "no two are alike";
}

}  // namespace
}  // namespace passbook::sim
