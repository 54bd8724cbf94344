// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/network.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace passbook::sim
