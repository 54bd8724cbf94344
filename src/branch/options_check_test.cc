// SPDX-License-Identifier: Apache-2.0
#include "branch/options_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

std::string wrong_with(const BranchOptions& options, std::size_t branches = 3) {
  return contradiction_in(options, branches).value_or("nothing");
}

TEST(OptionsCheck, WhatIsUsualGoesTogether) {
  EXPECT_EQ(wrong_with({}), "nothing");
  EXPECT_EQ(wrong_with({}, 1), "nothing");
  EXPECT_EQ(wrong_with({}, 1000), "nothing");
}

TEST(OptionsCheck, AStreamIsNotTakenForDeadBetweenTwoHeartbeats) {
  EXPECT_THAT(wrong_with({.heartbeat_every = seconds(5), .link_timeout = seconds(3)}),
              AllOf(HasSubstr("heartbeat_every is 5 s"), HasSubstr("link_timeout is 3 s")));
  EXPECT_NE(wrong_with({.heartbeat_every = seconds(5), .link_timeout = milliseconds(9999)}),
            "nothing");
  EXPECT_EQ(wrong_with({.heartbeat_every = seconds(5), .link_timeout = seconds(10)}), "nothing");
}

/// The number of streams that end in an idle minute.
std::size_t lost_in_a_minute(const BranchOptions& options) {
  TestBank bank({.options = options, .slowest = milliseconds(50)});
  bank.run_for(std::chrono::minutes(1));
  return static_cast<std::size_t>(std::ranges::count_if(bank.observations(), [](const auto& seen) {
    return std::holds_alternative<PeerLost>(seen.second);
  }));
}

TEST(OptionsCheck, JustThoseTimesKeepAnIdleBankConnected) {
  EXPECT_GT(lost_in_a_minute({.heartbeat_every = seconds(5), .link_timeout = seconds(3)}), 0U);
  for (const Duration beat : {Duration(milliseconds(100)), Duration(seconds(5))}) {
    const BranchOptions options{.heartbeat_every = beat, .link_timeout = 2 * beat};
    ASSERT_EQ(wrong_with(options), "nothing");
    EXPECT_EQ(lost_in_a_minute(options), 0U) << beat.count() << " ns";
  }
}

TEST(OptionsCheck, TimesAreNeitherNegativeNorNothingNorTooLong) {
  EXPECT_THAT(wrong_with({.heartbeat_every = seconds(0)}), HasSubstr("heartbeat_every is 0 s"));
  EXPECT_THAT(wrong_with({.linger = nanoseconds(1)}), HasSubstr("linger is 1e-09 s"));
  EXPECT_THAT(wrong_with({.propagation_delay = seconds(-1)}),
              HasSubstr("propagation_delay is -1 s"));
  EXPECT_THAT(wrong_with({.longest_request = Duration::max()}), HasSubstr("longest_request is"));
  EXPECT_EQ(wrong_with({.propagation_delay = hours(1)}), "nothing");
  EXPECT_EQ(wrong_with({.propagation_delay = hours(24 * 365)}), "nothing");
  EXPECT_EQ(wrong_with({.gather_reports = {}, .margin_most = {}}), "nothing");
}

TEST(OptionsCheck, TheFirstAndTheLeastAreNotLongerThanTheMost) {
  EXPECT_THAT(wrong_with({.redial_first = seconds(2), .redial_most = seconds(1)}),
              AllOf(HasSubstr("redial_first is 2 s"), HasSubstr("redial_most is 1 s")));
  EXPECT_THAT(wrong_with({.patience = seconds(6), .patience_most = seconds(5)}),
              AllOf(HasSubstr("patience is 6 s"), HasSubstr("patience_most is 5 s")));
}

TEST(OptionsCheck, SomethingGoesIntoEveryWindowAndPart) {
  EXPECT_THAT(wrong_with({.window_entries = 0}), HasSubstr("window_entries is 0"));
  EXPECT_THAT(wrong_with({.beyond_window = 0}), HasSubstr("beyond_window is 0"));
  EXPECT_THAT(wrong_with({.fetch_bytes = 0}), HasSubstr("fetch_bytes is 0"));
  EXPECT_THAT(wrong_with({.snapshot_part = 0}), HasSubstr("snapshot_part is 0"));
  EXPECT_THAT(wrong_with({.most_waiting = 0}), HasSubstr("most_waiting is 0"));
  EXPECT_THAT(wrong_with({.most_in_work = 0}), HasSubstr("most_in_work is 0"));
}

TEST(OptionsCheck, ABankThatIsNoFullMeshPassesOn) {
  EXPECT_THAT(wrong_with({.full_mesh = 4, .pass_on = false}, 5),
              AllOf(HasSubstr("pass_on is off"), HasSubstr("full_mesh is 4")));
  EXPECT_EQ(wrong_with({.full_mesh = 5, .pass_on = false}, 5), "nothing");
}

}  // namespace
}  // namespace passbook
