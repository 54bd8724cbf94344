// SPDX-License-Identifier: Apache-2.0
// The smallest scenario on which a program fails often enough to be looked at.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/try/attempt.h"

namespace passbook {

/// A failure counts if it shows in at least `kLeastFailures` of `kRepeats` runs.
inline constexpr int kRepeats = 10;
inline constexpr int kLeastFailures = 3;

/// Some runs on one scenario. They end as soon as the number of failures decides.
struct Repeats {
  int runs = 0;
  int failures = 0;
  std::optional<Attempt> failure;  ///< one of them

  bool often() const { return failures >= kLeastFailures; }
};

struct Found {
  TryCase smallest;
  Repeats repeats;  ///< on it
};

/// Runs a program on a case. Any thread may call it.
using Run = std::function<std::expected<Attempt, std::string>(const TryCase& on)>;

/// Makes the scenario smaller as long as its failures are of this kind. Nothing if it does not fail
/// often enough itself. After `most` nothing smaller is tried any more.
std::optional<Found> hunt(const TryCase& failing, FaultKind kind, std::size_t jobs, Duration most,
                          const Run& run);

}  // namespace passbook
