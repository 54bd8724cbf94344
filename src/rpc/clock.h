// SPDX-License-Identifier: Apache-2.0
// The one place that reads the real clock.
#pragma once

#include "base/time.h"

namespace passbook {

/// The moment, on a clock that never goes back.
Instant real_now();

}  // namespace passbook
