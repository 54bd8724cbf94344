// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/local_clock.h"

#include <rapidcheck/gtest.h>

namespace passbook::sim {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{seconds(100)};
constexpr Instant kShown{seconds(7)};

TEST(LocalClock, ShowsItsOwnZeroAndKeepsItsOwnTime) {
  const LocalClock exact(kStart, kShown);
  EXPECT_EQ(exact.local(kStart), kShown);
  EXPECT_EQ(exact.local(kStart + seconds(10)), kShown + seconds(10));
  const LocalClock fast(kStart, kShown, 100'000);
  EXPECT_EQ(fast.local(kStart + seconds(10)), kShown + seconds(11));
  const LocalClock slow(kStart, kShown, -100'000);
  EXPECT_EQ(slow.local(kStart + seconds(10)), kShown + seconds(9));
}

TEST(LocalClock, ThatJumpsIsAheadFromThenOn) {
  LocalClock clock(kStart, kShown);
  clock.jump(seconds(5));
  clock.jump(seconds(1));
  EXPECT_EQ(clock.local(kStart + seconds(10)), kShown + seconds(16));
  EXPECT_EQ(clock.truth(kShown + seconds(16)), kStart + seconds(10));
}

TEST(LocalClock, NeverShowsWhatNeverComes) {
  EXPECT_EQ(LocalClock(kStart, kShown, -300'000).truth(kNever), kNever);
}

RC_GTEST_PROP(LocalClockProperty, TruthIsTheFirstMomentAtWhichItShowsATime, ()) {
  const auto nanoseconds = [](std::int64_t most) {
    return Duration(*rc::gen::inRange<std::int64_t>(0, most));
  };
  constexpr std::int64_t kDay = 86'400'000'000'000;
  const Instant start = Instant{} + nanoseconds(kDay);
  LocalClock clock(start, Instant{} + nanoseconds(kDay),
                   *rc::gen::inRange<std::int64_t>(-300'000, 300'001));
  clock.jump(nanoseconds(kDay));
  const Instant shown = clock.local(start + nanoseconds(kDay));
  const Instant truth = clock.truth(shown);
  RC_ASSERT(clock.local(truth - Duration(1)) < shown);
  RC_ASSERT(clock.local(truth) == shown);
}

}  // namespace
}  // namespace passbook::sim
