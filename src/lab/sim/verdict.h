// SPDX-License-Identifier: Apache-2.0
// The result of a simulation.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lab/judges/history.h"
#include "lab/judges/judges.h"
#include "lab/sim/world.h"

namespace passbook::sim {

/// The result of a simulation. The same setup gives the same result on every run.
struct Result {
  std::uint64_t seed = 0;
  std::uint64_t hash = 0;    ///< of the whole history, including the final balances
  std::uint64_t events = 0;  ///< events that branches took in
  std::uint64_t calls = 0;
  Duration simulated{};
  Coverage coverage;
  std::vector<history::Violation> violations;
  history::History history;
  std::vector<trace::Event> trace;  ///< if `BranchOptions::observe_messages` asked for it

  bool passed() const { return violations.empty(); }
};

/// Runs `play` in a world, and judges what happened there. `play` returns the bounds for the
/// judges. A failed assertion in the simulated code is a violation too, "assertion", if
/// `catch_assertions` was called.
Result verdict(std::uint64_t seed, World& world, const std::function<history::Bounds()>& play);

/// From now on a failed assertion ends its simulation, not the process.
void catch_assertions();

}  // namespace passbook::sim
