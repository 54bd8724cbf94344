// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/setup.h"

#include <gtest/gtest.h>

#include <set>

#include "branch/options_check.h"
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

TEST(Setup, ChoosesNoOptionsThatContradictEachOther) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const sim::Setup setup = setup_of(seed, {});
    EXPECT_EQ(contradiction_in(setup.options, setup.bank.branches.size()), std::nullopt) << seed;
  }
}

/// These make some banks larger and shorter than they would be.
Chosen all_but_overload() {
  Chosen out;
  out.faults.overload = false;
  out.faults.sparse = false;
  return out;
}

TEST(Setup, IsDifferentForOtherSeeds) {
  std::set<std::size_t> branches;
  std::set<std::uint32_t> customers;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const sim::Setup setup = setup_of(seed, all_but_overload());
    branches.insert(setup.bank.branches.size());
    customers.insert(setup.customers);
  }
  EXPECT_EQ(branches, (std::set<std::size_t>{2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(customers.size(), 10U);
}

TEST(Setup, LeavesTheLuckOfTheRestAloneWhenSomethingIsChosen) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const sim::Setup free = setup_of(seed, all_but_overload());
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
  Chosen less = all_but_overload();
  less.duration = seconds(4);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const history::History full = simulate(setup_of(seed, all_but_overload())).history;
    const history::History brief = simulate(setup_of(seed, less)).history;
    std::size_t i = 0;
    for (; full.events.at(i).at <= Instant{} + *less.duration; ++i) {
      ASSERT_EQ(full.events[i], brief.events.at(i)) << seed << ", event " << i;
    }
    EXPECT_GT(i, 10U);
  }
}

Chosen with(const FaultKind& kind) {
  Chosen out;
  out.faults.*kind.on = true;
  return out;
}

TEST(Setup, LeavesTheLuckOfTheRestAloneWhenARarerKindIsChosen) {
  for (const FaultKind& kind : kFaultKinds) {
    for (std::uint64_t seed = 1; seed <= 20 && !kind.in_all; ++seed) {
      const sim::Setup free = setup_of(seed, {});
      const sim::Setup chosen = setup_of(seed, with(kind));
      EXPECT_EQ(free.workload.think, chosen.workload.think) << kind.name;
      EXPECT_EQ(free.network.partition, chosen.network.partition) << kind.name;
      EXPECT_EQ(free.clock.jump, chosen.clock.jump) << kind.name;
      EXPECT_EQ(free.options.window_entries, chosen.options.window_entries) << kind.name;
      EXPECT_EQ(free.crash.crash, chosen.crash.crash) << kind.name;
    }
  }
}

TEST(Setup, HasSomeLargeBanksOfLittleTimeOnlyWhereTheyAreChosen) {
  const auto size = [](std::uint64_t seed, const Chosen& chosen) {
    return setup_of(seed, chosen).bank.branches.size();
  };
  Chosen large = all_but_overload();
  large.faults.large = true;
  std::size_t count = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const sim::Setup setup = setup_of(seed, large);
    EXPECT_LE(size(seed, all_but_overload()), 7U);
    if (setup.bank.branches.size() > 7) {
      ++count;
      EXPECT_GE(setup.bank.branches.size(), 20U);
      EXPECT_LE(setup.bank.branches.size(), 100U);
      EXPECT_LE(setup.duration, seconds(5));
    }
  }
  EXPECT_GT(count, 5U);
  EXPECT_LT(count, 40U);
}

TEST(Setup, CountsWorkOnlyWhereOverloadIsChosen) {
  Chosen chosen;
  chosen.faults = {.overload = true};
  std::set<std::uint32_t> shared;
  std::set<std::uint32_t> slowness;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    EXPECT_FALSE(setup_of(seed, all_but_overload()).processor.counts_work);
    const sim::Setup setup = setup_of(seed, chosen);
    if (setup.processor.counts_work) {
      shared.insert(setup.processor.shared);
      slowness.insert(setup.processor.slowness);
    }
  }
  EXPECT_EQ(shared, (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(slowness.size(), 4U);
  chosen.branches = 100;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    EXPECT_EQ(setup_of(seed, chosen).processor.slowness, 1U) << "that many are load enough";
  }
}

TEST(Setup, LetsEveryMessageThroughThatIsMeantToBeSent) {
  Chosen none;
  none.faults = {};
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const sim::Setup setup = setup_of(seed, with(kFaultKinds[7]));
    EXPECT_GE(setup.network.message_most, std::size_t{4} << 10U);
    EXPECT_LE(setup.network.message_most, std::size_t{4} << 20U);
    EXPECT_EQ(setup_of(seed, none).network.message_most, 0U);
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
