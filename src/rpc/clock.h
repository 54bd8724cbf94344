// SPDX-License-Identifier: Apache-2.0
// The one place that reads the real clock.
#pragma once

#include "base/time.h"

namespace passbook {

/// The moment, on a clock that never goes back.
Instant real_now();

/// A number that no other process draws, now or after a reboot: it tells apart the sessions that
/// act for one customer.
std::uint64_t new_session();

}  // namespace passbook
