// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/play.h"

#include <gmock/gmock.h>

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

CustomerEvent event(Interface interface, std::uint32_t branch, std::int64_t units = 0) {
  return {.id = {}, .interface = interface, .branch = BranchId{branch}, .money = Money{units}};
}

/// Customer 1 queries branch 1, customer 2 deposits 170 at branch 2 and queries it, customer 3
/// withdraws 70 at branch 3 and queries it. The opening balance is 400.
Scenario sample() {
  Scenario out;
  out.opening = Money{400};
  for (const std::uint32_t id : {1U, 2U, 3U}) {
    out.branches.push_back({BranchId{id}, {}});
  }
  out.listings = {{CustomerId{1}, {event(Interface::query, 1)}},
                  {CustomerId{2}, {event(Interface::deposit, 2, 170), event(Interface::query, 2)}},
                  {CustomerId{3}, {event(Interface::withdraw, 3, 70), event(Interface::query, 3)}}};
  return out;
}

Played played(const Scenario& scenario, const PlayOptions& options) {
  return play(scenario, options, [](std::size_t, std::size_t, const Performed&) {});
}

/// The balances that the queries showed, in file order.
std::vector<std::int64_t> shown(const Scenario& scenario, const Played& played) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < scenario.listings.size(); ++i) {
    for (std::size_t j = 0; j < scenario.listings[i].events.size(); ++j) {
      if (scenario.listings[i].events[j].interface == Interface::query) {
        out.push_back(played.performed[i][j].result.balance.value_or(Money{-1}).minor);
      }
    }
  }
  return out;
}

class PlaySchedule : public testing::TestWithParam<ScheduleKind> {};

TEST_P(PlaySchedule, BringsEveryEventAndEveryBranchToItsEnd) {
  const Scenario scenario = sample();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::size_t told = 0;
    const Played out = play(scenario, {.schedule = GetParam(), .seed = seed},
                            [&](std::size_t, std::size_t, const Performed& performed) {
                              ++told;
                              EXPECT_EQ(performed.result.result, ResultWord::success) << seed;
                            });
    EXPECT_EQ(told, 5U);
    EXPECT_TRUE(out.result.passed()) << seed;
    ASSERT_EQ(out.finals.size(), 3U);
    for (const Final& last : out.finals) {
      EXPECT_EQ(last.balance, Money{500});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlaySchedule,
                         testing::Values(ScheduleKind::sequential, ScheduleKind::concurrent,
                                         ScheduleKind::settled));

TEST(Play, ShowsEachCustomerWhatThoseBeforeLeftOrAllThatAllLeft) {
  const Scenario scenario = sample();
  for (const AckLevel ack : {AckLevel::local, AckLevel::all}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      EXPECT_THAT(shown(scenario, played(scenario, {.ack = ack, .seed = seed})),
                  ElementsAre(400, 570, 500));
      EXPECT_THAT(
          shown(scenario,
                played(scenario, {.schedule = ScheduleKind::settled, .ack = ack, .seed = seed})),
          ElementsAre(500, 500, 500));
    }
  }
}

TEST(Play, ShowsTheEndInEveryClosingQueryWhateverIsAskedFor) {
  Scenario scenario = sample();
  scenario.listings[0].events = {event(Interface::query, 1), event(Interface::query, 2),
                                 event(Interface::query, 3)};
  const PlayOptions options{.schedule = ScheduleKind::settled,
                            .ack = AckLevel::local,
                            .guarantees = Guarantees::eventual(),
                            .propagation_delay = milliseconds(500)};
  EXPECT_THAT(shown(scenario, played(scenario, options)), ElementsAre(500, 500, 500, 500, 500));
}

TEST(Play, BreaksTheGuaranteesThatNobodyAskedFor) {
  Scenario scenario = sample();
  scenario.listings = {
      {CustomerId{1}, {event(Interface::deposit, 1, 100), event(Interface::query, 2)}}};
  PlayOptions options{.ack = AckLevel::local, .propagation_delay = milliseconds(500)};
  EXPECT_THAT(shown(scenario, played(scenario, options)), ElementsAre(500));
  options.guarantees = Guarantees::eventual();
  EXPECT_THAT(shown(scenario, played(scenario, options)), ElementsAre(400));
}

TEST(Play, IsTheSameForTheSameSeedWhateverGoesWrong) {
  const Scenario scenario = sample();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const PlayOptions options{
        .schedule = ScheduleKind::concurrent, .seed = seed, .faults = Faults::all()};
    const Played once = played(scenario, options);
    EXPECT_TRUE(once.result.passed()) << seed;
    EXPECT_EQ(once.result.hash, played(scenario, options).result.hash);
  }
}

}  // namespace
}  // namespace passbook::sim
