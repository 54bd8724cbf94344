// SPDX-License-Identifier: Apache-2.0
// Many simulations, and the shrinking of one that failed.
#pragma once

#include <cstdint>
#include <functional>

#include "lab/sim/simulation.h"

namespace passbook::sim {

/// Seeds from `first` to `last`, both included, on `jobs` threads.
struct Campaign {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  Chosen chosen;
  unsigned jobs = 1;
};

/// Simulates the seeds and reports each in order, whatever the number of threads. The histories of
/// seeds that passed are discarded first. Ends early when `told` returns false.
void run(const Campaign& campaign, const std::function<bool(Result)>& told);

/// Leaves out branches, customers, accounts, kinds of faults and time, as long as `enough` still
/// holds, and returns the smallest choices found. It must hold for `chosen`.
Chosen smallest(std::uint64_t seed, const Chosen& chosen,
                const std::function<bool(const Chosen&)>& enough);

/// The smallest choices with which a failed seed still breaks the same invariant, or the smallest
/// found when the simulations for this have had too many events. `progress` is called before each
/// of them.
Chosen shrink(const Result& failed, const Chosen& chosen, const std::function<void()>& progress,
              std::uint64_t most_events = 10'000'000);

}  // namespace passbook::sim
