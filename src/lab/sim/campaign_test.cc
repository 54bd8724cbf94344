// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/campaign.h"

#include <gmock/gmock.h>

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

Chosen one_second() {
  Chosen out;
  out.duration = seconds(1);
  return out;
}
Campaign brief(std::uint64_t first, std::uint64_t last, unsigned jobs) {
  return {.first = first, .last = last, .chosen = one_second(), .jobs = jobs};
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> seeds_and_hashes(const Campaign& campaign) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
  run(campaign, [&](const Result& result) {
    EXPECT_TRUE(result.passed());
    EXPECT_TRUE(result.history.events.empty()) << "nobody wants it";
    out.emplace_back(result.seed, result.hash);
    return true;
  });
  return out;
}

TEST(Campaign, TellsOfItsSeedsInOrderAndTheSameOnAnyNumberOfThreads) {
  const auto alone = seeds_and_hashes(brief(3, 22, 1));
  ASSERT_EQ(alone.size(), 20U);
  for (std::uint64_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(alone[i].first, 3 + i);
    EXPECT_EQ(alone[i].second, simulate(setup_of(3 + i, one_second())).hash);
  }
  EXPECT_EQ(seeds_and_hashes(brief(3, 22, 4)), alone);
}

TEST(Campaign, EndsWhenNobodyListensAnyMore) {
  std::vector<std::uint64_t> told;
  run(brief(1, 1'000'000, 4), [&](const Result& result) {
    told.push_back(result.seed);
    return told.size() < 3;
  });
  EXPECT_THAT(told, ElementsAre(1, 2, 3));
}

TEST(Smallest, LeavesOutAllThatIsNotNeeded) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Chosen found = smallest(seed, {}, [&](const Chosen& choice) {
      const sim::Setup setup = setup_of(seed, choice);
      return setup.bank.branches.size() >= 2 && setup.duration >= seconds(1) &&
             setup.faults.crash && setup.faults.clock;
    });
    EXPECT_EQ(found.faults, (Faults{.crash = true, .clock = true}));
    const sim::Setup setup = setup_of(seed, found);
    EXPECT_EQ(setup.bank.branches.size(), 2U);
    EXPECT_EQ(setup.customers, 1U);
    EXPECT_EQ(setup.bank.accounts.size(), 1U);
    EXPECT_GE(setup.duration, seconds(1));
    EXPECT_LT(setup.duration, milliseconds(1200));
  }
}

TEST(Shrink, KeepsWhatWasChosenWhenNothingLessBreaksTheSameInvariant) {
  Result failed;
  failed.seed = 1;
  failed.violations.push_back({.invariant = "one that always holds", .what = {}, .events = {}});
  Chosen chosen = one_second();
  chosen.branches = 2;
  chosen.faults = {};
  std::size_t tries = 0;
  EXPECT_EQ(shrink(failed, chosen, [&] { ++tries; }), chosen);
  EXPECT_GT(tries, 3U);
  tries = 0;
  EXPECT_EQ(shrink(failed, chosen, [&] { ++tries; }, 1), chosen);
  EXPECT_EQ(tries, 1U) << "one that takes long is not tried for ever";
}

}  // namespace
}  // namespace passbook::sim
