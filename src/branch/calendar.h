// SPDX-License-Identifier: Apache-2.0
// The time of day.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace passbook {

/// What the time of day is, as far as the caller of step has said. It only serves to tell sessions
/// apart that were opened before and after others were retired: it may be wrong, and go back.
class Calendar {
 public:
  /// It is so many seconds since 1970 now.
  void set(std::uint64_t seconds, Instant now) {
    set_ = seconds;
    at_ = now;
  }
  /// To be called once a step.
  void tick(Instant now) { now_ = now; }

  /// Seconds since 1970; nothing when it was never said.
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
