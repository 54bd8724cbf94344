// SPDX-License-Identifier: Apache-2.0
// Plays a scenario file in a simulated bank.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/scenario/guarantees.h"
#include "lab/scenario/scenario.h"
#include "lab/scenario/schedule.h"
#include "lab/sim/setup.h"
#include "lab/sim/verdict.h"

namespace passbook::sim {

struct PlayOptions {
  ScheduleKind schedule = ScheduleKind::sequential;
  AckLevel ack = AckLevel::all;
  Guarantees guarantees = Guarantees::session();
  Duration propagation_delay{};
  Duration timeout = std::chrono::seconds(10);
  std::uint64_t seed = 1;
  Faults faults{};
  bool trace = false;  ///< whether to make a trace
};

/// A branch's balance in the end.
struct Final {
  BranchId branch;
  std::optional<Money> balance;  ///< none if the branch is down
};

struct Played {
  ScenarioPerformed performed;  ///< in the scenario's shape
  std::vector<Final> finals;    ///< in file order
  Duration events{};            ///< until the last answer
  Result result;
};

/// `on_performed` is called with the listing and index of each event when it has ended. The same
/// arguments give the same result on every run.
Played play(const Scenario& scenario, const PlayOptions& options,
            const std::function<void(std::size_t, std::size_t, const Performed&)>& on_performed);

}  // namespace passbook::sim
