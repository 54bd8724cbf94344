// SPDX-License-Identifier: Apache-2.0
#include "rpc/clock.h"

#include <random>

namespace passbook {

Instant real_now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

std::uint64_t new_session() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

}  // namespace passbook
