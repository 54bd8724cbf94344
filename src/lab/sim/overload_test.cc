// SPDX-License-Identifier: Apache-2.0
// Overloaded banks, and the cost of their work.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "lab/sim/simulation.h"

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;

std::vector<history::Worked> told(const history::History& history) {
  std::vector<history::Worked> out;
  for (const history::Event& event : history.events) {
    if (const auto* worked = std::get_if<history::Worked>(&event.what)) {
      out.push_back(*worked);
    }
  }
  return out;
}

TEST(Effort, IsToldBeforeAndAfterAQuietSecondAndInTheEnd) {
  Chosen chosen;
  chosen.branches = 4;
  chosen.duration = std::chrono::seconds(5);
  chosen.faults = {};
  const Result result = simulate(setup_of(1, chosen));
  const std::vector<history::Worked> worked = told(result.history);
  ASSERT_EQ(worked.size(), 3U);
  for (const history::Worked& each : worked) {
    EXPECT_EQ(each.open, 6U) << "everyone is connected with everyone";
    EXPECT_EQ(each.streams, 6U);
    EXPECT_EQ(each.dials, 6U);
    EXPECT_EQ(each.ended_silence, 0U);
  }
  EXPECT_EQ(worked[1].messages - worked[0].messages, 12U) << "each end says that it lives";
  EXPECT_EQ(worked[1].entries, worked[0].entries);
  EXPECT_GT(worked[1].steps, worked[0].steps);
  EXPECT_GT(worked[2].entries, worked[1].entries) << "all that works is tried";
}

TEST(Effort, IsCountedOfEntries) {
  Chosen chosen;
  chosen.faults = {};
  const Result result = simulate(setup_of(2, chosen));
  std::uint64_t needed = 0;
  for (const history::Event& event : result.history.events) {
    const auto* applied = std::get_if<history::Applied>(&event.what);
    needed += applied != nullptr && applied->branch != applied->entry.origin.branch ? 1 : 0;
  }
  EXPECT_EQ(result.coverage.entries_needed, needed);
  EXPECT_GT(needed, 10U);
  EXPECT_GE(result.coverage.worked.entries, needed);
  EXPECT_LT(result.coverage.worked.entries, 2 * needed);
}

TEST(Effort, CountsStreamsOnWhichNothingIsHeard) {
  Chosen chosen;
  chosen.branches = 3;
  chosen.faults = {};
  sim::Setup setup = setup_of(3, chosen);
  setup.crash.pause = std::chrono::seconds(4);  // so that someone listens
  setup.crash.away = std::chrono::seconds(6);
  EXPECT_GT(simulate(setup).coverage.worked.ended_silence, 0U);
}

std::set<std::string> broken(const Result& result) {
  std::set<std::string> out;
  for (const history::Violation& violation : result.violations) {
    out.insert(violation.invariant);
  }
  return out;
}

TEST(Overload, DelaysAnswersAndBreaksNothing) {
  Chosen chosen;
  chosen.branches = 24;
  chosen.customers = 24;
  chosen.duration = std::chrono::seconds(4);
  chosen.faults = {};
  sim::Setup setup = setup_of(3, chosen);
  const Result before = simulate(setup);
  setup.processor.counts_work = true;
  setup.processor.shared = 1;
  setup.processor.slowness = 50;
  setup.processor.slow_for = setup.duration;
  const Result result = simulate(setup);
  EXPECT_LT(result.calls, before.calls / 2);
  EXPECT_THAT(broken(result), testing::IsEmpty());
  EXPECT_EQ(result.hash, simulate(setup).hash);
}

TEST(Overload, OfAHundredBranchesOnOneProcessorEnds) {
  Chosen chosen;
  chosen.branches = 100;
  chosen.customers = 50;
  chosen.duration = milliseconds(500);
  chosen.faults = {.overload = true};
  const sim::Setup setup = setup_of(1, chosen);
  ASSERT_EQ(setup.processor.shared, 1U);
  EXPECT_THAT(broken(simulate(setup)), testing::IsEmpty());
}

}  // namespace
}  // namespace passbook::sim
