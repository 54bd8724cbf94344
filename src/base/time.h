// SPDX-License-Identifier: Apache-2.0
// Time as an argument. The types have no now(): one place near the network reads the real clock,
// the simulator makes its own time, and no other code can read a clock.
#pragma once

#include <chrono>

namespace passbook {

/// A length of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// The clock of the code that calls step. Monotonic, with an arbitrary zero.
struct CallerClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CallerClock>;
  static constexpr bool is_steady = true;
};

/// A moment on the caller's clock.
using Instant = CallerClock::time_point;

/// Later than any real moment.
inline constexpr Instant kNever = Instant::max();

}  // namespace passbook
