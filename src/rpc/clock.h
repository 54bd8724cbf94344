// SPDX-License-Identifier: Apache-2.0
// The one place that reads the real clock.
#pragma once

#include "base/time.h"

namespace passbook {

/// The moment, on a clock that never goes back.
Instant real_now();

/// The time of day: seconds since 1970. It may be wrong, and go back.
std::uint64_t seconds_since_1970();

/// A number that no other process draws, now or after a reboot.
std::uint64_t random_number();

/// A session that is opened now (ClientId).
std::uint64_t new_session();

}  // namespace passbook
