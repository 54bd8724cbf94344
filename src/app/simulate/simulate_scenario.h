// SPDX-License-Identifier: Apache-2.0
// Plays a scenario file in the simulator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/arguments.h"
#include "app/scenario_arguments.h"
#include "lab/sim/setup.h"

namespace passbook {

/// Plays the scenario, tells the story or prints the report, and writes the results, as `run` does
/// with processes. `trace` is the file for a trace, if one is wanted. Returns the exit status.
int simulate_scenario(const std::string& file, const ScenarioArguments& arguments,
                      std::uint64_t seed, const sim::Faults& faults, Format format,
                      const std::optional<std::string>& trace);

}  // namespace passbook
