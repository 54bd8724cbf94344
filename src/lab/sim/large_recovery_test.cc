// SPDX-License-Identifier: Apache-2.0
// A large bank in which a branch loses its disk. All branches must be asked, and most are not
// neighbours.
#include <gtest/gtest.h>

#include <algorithm>

#include "lab/sim/simulation.h"

namespace passbook::sim {
namespace {

TEST(Simulation, BringsBackALostBranchOfAHundred) {
  Chosen chosen;
  chosen.branches = 100;
  chosen.customers = 3;
  chosen.duration = std::chrono::seconds(1);
  chosen.faults = {};
  sim::Setup setup = setup_of(1, chosen);
  setup.disk.lost = std::chrono::milliseconds(500);
  Result result = simulate(setup);
  EXPECT_TRUE(result.passed()) << result.violations.front().what;
  EXPECT_GT(result.coverage.faults["disk lost"], 0U);
  EXPECT_GT(result.coverage.faults["recovered"], 0U);
  const auto new_lives = std::ranges::count_if(result.history.events, [](const auto& event) {
    const auto* started = std::get_if<history::Started>(&event.what);
    return started != nullptr && started->incarnation > Origin{}.incarnation;
  });
  EXPECT_GT(new_lives, 0);
}

}  // namespace
}  // namespace passbook::sim
