// SPDX-License-Identifier: Apache-2.0
// What came of a simulation.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lab/judges/history.h"
#include "lab/judges/judges.h"
#include "lab/sim/world.h"

namespace passbook::sim {

/// All of it is the same for the same setup, on every run.
struct Result {
  std::uint64_t seed = 0;
  std::uint64_t hash = 0;    ///< of the whole history, the final balances included
  std::uint64_t events = 0;  ///< that branches took in
  std::uint64_t calls = 0;
  Duration simulated{};
  Coverage coverage;
  std::vector<history::Violation> violations;
  history::History history;
  std::vector<trace::Event> trace;  ///< when `BranchOptions::observe_messages` asked for it

  bool passed() const { return violations.empty(); }
};

/// Lets something be played in a world, and judges what happened there. An assertion that fails in
/// the code that is simulated is a violation too, "assertion", if `catch_assertions` was called.
/// `play` returns what the judges are to allow.
Result verdict(std::uint64_t seed, World& world, const std::function<history::Bounds()>& play);

/// From now on failed assertions end the simulation that they happen in, not the process.
void catch_assertions();

}  // namespace passbook::sim
