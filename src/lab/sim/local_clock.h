// SPDX-License-Identifier: Apache-2.0
// The clock of one machine, with a zero of its own and a drift.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace passbook::sim {

/// Local time as a linear function of true time, from the start of the machine.
class LocalClock {
 public:
  /// A clock that runs `ppm` parts in a million fast (negative: slow), and shows `local` at
  /// `start`.
  LocalClock(Instant start, Instant local, std::int64_t ppm = 0)
      : start_(start), local_(local), ppm_(ppm) {}
  LocalClock() : LocalClock(Instant{}, Instant{}) {}

  Instant local(Instant truth) const {
    const auto passed = (truth - start_).count();
    return local_ + ahead_ +
           Duration(passed + passed / kMillion * ppm_ + passed % kMillion * ppm_ / kMillion);
  }

  /// The first moment at which the clock shows `local` or more.
  Instant truth(Instant local) const {
    if (local == kNever) {
      return kNever;
    }
    const auto passed = (local - local_ - ahead_).count();
    const auto slower = kMillion + ppm_;
    Instant guess =
        start_ + Duration(passed / slower * kMillion + passed % slower * kMillion / slower);
    while (this->local(guess) < local) {
      guess += Duration(1);
    }
    while (this->local(guess - Duration(1)) >= local) {
      guess -= Duration(1);
    }
    return guess;
  }

  /// Jumps ahead, as after the machine was suspended.
  void jump(Duration ahead) { ahead_ += ahead; }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;

  Instant start_;
  Instant local_;
  std::int64_t ppm_;
  Duration ahead_{};
};

}  // namespace passbook::sim
