// SPDX-License-Identifier: Apache-2.0
// A seeded generator of our own: the standard distributions differ between libraries, and a run
// must be the same everywhere.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace passbook {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
class Random {
  __extension__ using Wide = unsigned __int128;

 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  /// Any 64 bits.
  constexpr std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  /// Uniform in [0, bound). `bound` must be positive.
  constexpr std::uint64_t below(std::uint64_t bound) {
    PASSBOOK_CHECK(bound > 0, "an empty range has no number");
    // Lemire, "Fast random integer generation in an interval", 2019. Draws below the threshold are
    // rejected, to avoid bias.
    const std::uint64_t threshold = (0 - bound) % bound;
    while (true) {
      const auto product = static_cast<Wide>(next()) * bound;
      if (static_cast<std::uint64_t>(product) >= threshold) {
        return static_cast<std::uint64_t>(product >> 64U);
      }
    }
  }

  /// True with probability `numerator` / `denominator`.
  constexpr bool chance(std::uint64_t numerator, std::uint64_t denominator) {
    return below(denominator) < numerator;
  }

 private:
  std::uint64_t state_;
};

}  // namespace passbook
