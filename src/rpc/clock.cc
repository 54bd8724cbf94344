// SPDX-License-Identifier: Apache-2.0
#include "rpc/clock.h"

namespace passbook {

Instant real_now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

}  // namespace passbook
