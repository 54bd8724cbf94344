// SPDX-License-Identifier: Apache-2.0
#include "rpc/clock.h"

#include <random>

namespace passbook {

Instant real_now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

std::uint64_t seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

std::uint64_t new_session() { return seconds_since_1970() << 32U | random_number() >> 32U; }

}  // namespace passbook
