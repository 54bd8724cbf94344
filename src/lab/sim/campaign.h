// SPDX-License-Identifier: Apache-2.0
// Many simulations, and one that failed made small.
#pragma once

#include <cstdint>
#include <functional>

#include "lab/sim/simulation.h"

namespace passbook::sim {

/// Seeds first to last, both included, on so many threads.
struct Campaign {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  Chosen chosen;
  unsigned jobs = 1;
};

/// Simulates the seeds and tells of each in their order, whatever the number of threads; the
/// histories of those that passed are thrown away before. Ends early when `told` returns false.
void run(const Campaign& campaign, const std::function<bool(Result)>& told);

/// The choices with as few branches, customers, accounts and kinds of faults, and as little time,
/// as can be found by leaving out, of which `enough` still holds; it holds of `chosen`.
Chosen smallest(std::uint64_t seed, const Chosen& chosen,
                const std::function<bool(const Chosen&)>& enough);

/// The smallest choices with which a seed that failed still breaks the same invariant; or those
/// that were found when the simulations that this takes have had so many events.
/// `progress` is called before each of them.
Chosen shrink(const Result& failed, const Chosen& chosen, const std::function<void()>& progress,
              std::uint64_t most_events = 10'000'000);

}  // namespace passbook::sim
