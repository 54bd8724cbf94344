// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/simulation.h"

#include <gtest/gtest.h>

namespace passbook::sim {
namespace {

Chosen brief() {
  Chosen out;
  out.duration = std::chrono::seconds(5);
  return out;
}

TEST(Simulation, IsTheSameForTheSameSeed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const sim::Setup setup = setup_of(seed, brief());
    const Result once = simulate(setup);
    EXPECT_EQ(once.hash, simulate(setup).hash) << seed;
    EXPECT_NE(once.hash, simulate(setup_of(seed + 1, brief())).hash);
    EXPECT_GT(once.events, 100U);
  }
}

}  // namespace
}  // namespace passbook::sim
