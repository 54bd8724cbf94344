// SPDX-License-Identifier: Apache-2.0
// The time of day.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace passbook {

/// The time of day, as last set by the caller of step. It only serves to tell whether a session was
/// opened before or after others were retired, so it may be wrong and may go back.
class Calendar {
 public:
  /// Sets the time of day: at `now` it is `seconds` since 1970.
  void set(std::uint64_t seconds, Instant now) {
    set_ = seconds;
    at_ = now;
  }
  /// Call once a step.
  void tick(Instant now) { now_ = now; }

  /// Seconds since 1970. Nothing if never set.
  std::optional<std::uint64_t> seconds() const {
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now_ - at_);
    return set_ ? std::optional(*set_ + static_cast<std::uint64_t>(passed.count())) : std::nullopt;
  }

 private:
  std::optional<std::uint64_t> set_;
  Instant at_{};
  Instant now_{};
};

}  // namespace passbook
