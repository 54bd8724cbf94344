// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/setup.h"

#include <gtest/gtest.h>

#include <set>

#include "lab/sim/simulation.h"

namespace passbook::sim {
namespace {

using std::chrono::seconds;

TEST(Setup, TakesWhatIsChosen) {
  const Chosen chosen{.branches = 9,
                      .customers = 12,
                      .accounts = 5,
                      .duration = seconds(3),
                      .faults = {.network = true}};
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const sim::Setup setup = setup_of(seed, chosen);
    EXPECT_EQ(setup.bank.branches.size(), 9U);
    EXPECT_EQ(setup.customers, 12U);
    EXPECT_EQ(setup.bank.accounts.size(), 5U);
    EXPECT_EQ(setup.duration, seconds(3));
    EXPECT_EQ(setup.faults, chosen.faults);
    EXPECT_EQ(setup.crash.crash + setup.crash.pause + setup.disk.lost + setup.clock.jump, Every{});
    EXPECT_EQ(setup.clock.drift_ppm, 0U);
  }
}

TEST(Setup, IsDifferentForOtherSeeds) {
  std::set<std::size_t> branches;
  std::set<std::uint32_t> customers;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const sim::Setup setup = setup_of(seed, {});
    branches.insert(setup.bank.branches.size());
    customers.insert(setup.customers);
  }
  EXPECT_EQ(branches, (std::set<std::size_t>{2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(customers.size(), 10U);
}

TEST(Setup, LeavesTheLuckOfTheRestAloneWhenSomethingIsChosen) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const sim::Setup free = setup_of(seed, {});
    Chosen choices;
    choices.branches = 2;
    choices.faults = {.crash = true};
    const sim::Setup chosen = setup_of(seed, choices);
    EXPECT_EQ(free.customers, chosen.customers);
    EXPECT_EQ(free.duration, chosen.duration);
    EXPECT_EQ(free.crash.crash, chosen.crash.crash);
    EXPECT_EQ(free.crash.away, chosen.crash.away);
    EXPECT_EQ(free.workload.think, chosen.workload.think);
    EXPECT_EQ(free.options.batch_bytes, chosen.options.batch_bytes);
  }
}

TEST(Setup, OfLessTimeIsTheBeginningOfTheSame) {
  Chosen less;
  less.duration = seconds(4);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const history::History full = simulate(setup_of(seed, {})).history;
    const history::History brief = simulate(setup_of(seed, less)).history;
    std::size_t i = 0;
    for (; full.events.at(i).at <= Instant{} + *less.duration; ++i) {
      ASSERT_EQ(full.events[i], brief.events.at(i)) << seed << ", event " << i;
    }
    EXPECT_GT(i, 10U);
  }
}

TEST(Chance, IsOfItsOwnForEachPurposeAndNumber) {
  EXPECT_EQ(stream_of(1, "disk", 2).next(), stream_of(1, "disk", 2).next());
  std::set<std::uint64_t> first;
  for (const std::uint64_t seed : {1U, 2U}) {
    for (const char* purpose : {"disk", "disc"}) {
      for (const std::uint64_t number : {0U, 1U}) {
        first.insert(stream_of(seed, purpose, number).next());
      }
    }
  }
  EXPECT_EQ(first.size(), 8U);
}

TEST(Chance, IsBetweenItsBounds) {
  Random random(1);
  std::set<Duration> met;
  for (int i = 0; i < 100; ++i) {
    met.insert(between(random, Duration(3), Duration(5)));
  }
  EXPECT_EQ(met, (std::set{Duration(3), Duration(4), Duration(5)}));
}

}  // namespace
}  // namespace passbook::sim
