// SPDX-License-Identifier: Apache-2.0
// Time as an argument. The types have no now(): one place near the network reads the
// real clock, the simulator makes its own time, and nothing else can.
#pragma once

#include <chrono>

namespace passbook {

/// A length of time; nanoseconds.
using Duration = std::chrono::nanoseconds;

/// The clock of whoever calls step. Monotonic; its zero means nothing.
struct CallerClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CallerClock>;
  static constexpr bool is_steady = true;
};

/// A moment on the caller's clock.
using Instant = CallerClock::time_point;

/// Later than any moment that is met.
inline constexpr Instant kNever = Instant::max();

}  // namespace passbook
