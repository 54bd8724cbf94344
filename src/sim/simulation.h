// SPDX-License-Identifier: Apache-2.0
// One whole bank, from its opening to the verdict of the judges, in one thread and from one seed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "check/history.h"
#include "sim/setup.h"
#include "sim/world.h"

namespace passbook::sim {

/// What came of a simulation. All of it is the same for the same setup, on every run.
struct Result {
  std::uint64_t seed = 0;
  std::uint64_t hash = 0;    ///< of the whole history, the final balances included
  std::uint64_t events = 0;  ///< that branches took in
  std::uint64_t calls = 0;
  Duration simulated{};
  Coverage coverage;
  std::vector<history::Violation> violations;
  history::History history;

  bool passed() const { return violations.empty(); }
};

/// Plays the setup: trouble and customers for its duration; then the trouble ends, everything has
/// a bounded time to agree, every branch is asked to serve once more, and the judges judge.
/// An assertion that fails in the code that is simulated is a violation too, "assertion", if
/// `catch_assertions` was called.
Result simulate(const Setup& setup);

/// From now on failed assertions end the simulation that they happen in, not the process.
void catch_assertions();

}  // namespace passbook::sim
