// SPDX-License-Identifier: Apache-2.0
// The options for playing a scenario, shared by `run` and `simulate`.
#pragma once

#include <CLI/CLI.hpp>
#include <expected>
#include <string>

#include "app/arguments.h"
#include "lab/scenario/writer.h"

namespace passbook {

/// The options as typed.
struct ScenarioArguments {
  std::string output = "output.json";
  std::string style = "auto";
  std::string schedule = "auto";
  std::string ack = "all";
  std::string consistency = "session";
  std::string delay = "0ms";
  std::string timeout = "10s";
  bool lenient = false;
};

void add_scenario_options(CLI::App& command, ScenarioArguments& arguments);

/// The options as resolved for a file.
struct ScenarioChoices {
  ReadScenario input;
  Style style = Style::spec;
  ScheduleKind schedule = ScheduleKind::sequential;
  AckLevel ack = AckLevel::all;
  Guarantees guarantees;
  Duration propagation_delay{};
  Duration timeout{};
};

/// The error is one line.
std::expected<ScenarioChoices, std::string> choose(const std::string& file,
                                                   const ScenarioArguments& arguments);

}  // namespace passbook
