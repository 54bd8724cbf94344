// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/simulation.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

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

/// Plays some seeds with a rarer kind of fault besides the others. Returns how often everything
/// struck. The same seed must give the same history again.
std::map<std::string, std::uint64_t> struck_with(bool Faults::* kind, std::uint64_t seeds) {
  catch_assertions();
  Chosen chosen = brief();
  chosen.faults.*kind = true;
  Coverage coverage;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Result once = simulate(setup_of(seed, chosen));
    coverage.merge(once.coverage);
    if (seed <= 5) {
      EXPECT_EQ(once.hash, simulate(setup_of(seed, chosen)).hash) << seed;
    }
  }
  return coverage.faults;
}

TEST(Simulation, HasSecondProcessesOfBranches) {
  EXPECT_GT(struck_with(&Faults::twin, 20)["twin"], 3U);
  EXPECT_GT(struck_with(&Faults::recoveries, 80)["recovered"], 3U);
}

TEST(Simulation, HasDisksThatAreSlowForAWhile) {
  EXPECT_GT(struck_with(&Faults::slow_disk, 20)["disk slow"], 3U);
}

/// How long the first entry takes to reach another branch, in the first seed that has one.
Duration first_entry_takes(bool far) {
  Chosen chosen = brief();
  chosen.branches = 5;
  chosen.faults = {.far = far};
  sim::Setup setup = setup_of(1, chosen);
  setup.network.sites = far ? 5 : 0;
  setup.network.site_nearest = setup.network.site_farthest = std::chrono::milliseconds(300);
  std::optional<Instant> accepted;
  for (const auto& [at, what] : simulate(setup).history.events) {
    const auto* applied = std::get_if<history::Applied>(&what);
    if (applied != nullptr && accepted && applied->branch != applied->entry.origin.branch) {
      return at - *accepted;
    }
    accepted = applied != nullptr && !accepted ? std::optional(at) : accepted;
  }
  return {};
}

TEST(Simulation, HasBranchesThatAreFarFromEachOther) {
  EXPECT_LT(first_entry_takes(false), std::chrono::milliseconds(100));
  EXPECT_GE(first_entry_takes(true), std::chrono::milliseconds(300));
}

TEST(Simulation, HasOldDisksWhereNobodyCanBeHeard) {
  EXPECT_GT(struck_with(&Faults::old_disk, 60)["old disk cut off"], 0U);
}

TEST(Simulation, HasFirstWordsThatAreOvertaken) {
  EXPECT_GT(struck_with(&Faults::late_hello, 10)["late hello"], 0U);
}

TEST(Simulation, HasBranchesThatLie) {
  auto struck = struck_with(&Faults::hostile, 150);
  for (const char* kind :
       {"lie", "totals reply altered", "hello altered", "withdrawal beyond its rights"}) {
    EXPECT_GT(struck[kind], 0U) << kind;
  }
  EXPECT_EQ(struck["forged block of another branch"], 0U);
  EXPECT_GT(struck_with(&Faults::forgery, 150)["forged block of another branch"], 0U);
}

TEST(Simulation, HasBranchesThatRememberNothing) {
  Chosen chosen;
  chosen.faults = {.crash = true, .memory = true};
  std::size_t emptied = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Result result = simulate(setup_of(seed, chosen));
    bool crashed = false;
    for (const history::Event& event : result.history.events) {
      const auto* started = std::get_if<history::Started>(&event.what);
      crashed = crashed || std::holds_alternative<history::DiskLost>(event.what);
      emptied += crashed && started != nullptr && started->entries == 0 ? 1U : 0U;
    }
  }
  EXPECT_GT(emptied, 0U);
}

}  // namespace
}  // namespace passbook::sim
