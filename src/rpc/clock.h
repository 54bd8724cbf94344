// SPDX-License-Identifier: Apache-2.0
// The one place that reads the real clock.
#pragma once

#include "base/time.h"

namespace passbook {

/// The current moment, on a clock that never goes back.
Instant real_now();

/// The time of day, in seconds since 1970. It may be wrong, and may go back.
std::uint64_t seconds_since_1970();

/// A random number, which no other process draws, now or after a reboot.
std::uint64_t random_number();

/// The number of a session that is opened now (ClientId).
std::uint64_t new_session();

}  // namespace passbook
