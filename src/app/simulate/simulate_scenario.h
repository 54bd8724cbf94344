// SPDX-License-Identifier: Apache-2.0
// A scenario file, played in the simulator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/arguments.h"
#include "app/scenario_words.h"
#include "lab/sim/setup.h"

namespace passbook {

/// Plays it, tells the story or reports, and writes the results, as `run` does with processes.
/// `trace`: a file for it, if one is wanted. Returns the exit status.
int simulate_scenario(const std::string& file, const ScenarioWords& words, std::uint64_t seed,
                      const sim::Faults& faults, Format format,
                      const std::optional<std::string>& trace);

}  // namespace passbook
