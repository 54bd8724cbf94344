// SPDX-License-Identifier: Apache-2.0
#include "app/scenario_arguments.h"

#include <fmt/format.h>

#include "app/command_line.h"

namespace passbook {

using Error = std::unexpected<std::string>;

void add_scenario_options(CLI::App& command, ScenarioArguments& arguments) {
  add_value(command, "--output FILE", arguments.output,
            "where the results go; - is standard output, and the story goes to standard error");
  add_value(command, "--style STYLE", arguments.style,
            "how results are written: auto, full, spec, money, events or balance");
  add_value(command, "--schedule WHEN", arguments.schedule,
            "the order in which customers act: auto, sequential, concurrent or settled");
  add_value(command, "--ack LEVEL", arguments.ack,
            "how many branches must have a write before it is answered: all, majority or local");
  add_value(command, "--consistency WHAT", arguments.consistency,
            "session, eventual, or a comma list of read-your-writes, monotonic-writes, "
            "monotonic-reads, writes-follow-reads");
  add_value(command, "--propagation-delay TIME", arguments.delay,
            "delay before entries are sent to other branches");
  add_value(command, "--timeout TIME", arguments.timeout, "for each event, retries included");
  command.add_flag("--lenient", arguments.lenient,
                   "accept common mistakes of pasted scenario files");
}

std::expected<ScenarioChoices, std::string> choose(const std::string& file,
                                                   const ScenarioArguments& arguments) {
  const auto ack = parse_ack(arguments.ack);
  const auto guarantees = parse_consistency(arguments.consistency);
  const auto delay = parse_duration("--propagation-delay", arguments.delay);
  const auto timeout = parse_timeout(arguments.timeout);
  for (const std::string& error : {ack ? "" : ack.error(), guarantees ? "" : guarantees.error(),
                                   delay ? "" : delay.error(), timeout ? "" : timeout.error()}) {
    if (!error.empty()) {
      return Error(error);
    }
  }
  auto input = read_scenario_file(file, arguments.lenient);
  if (!input) {
    return Error(input.error());
  }
  const Dialect& dialect = input->scenario.dialect;
  const auto schedule = parse_schedule(arguments.schedule);
  if (!schedule) {
    return Error(schedule.error());
  }
  const auto style = style_named(arguments.style);
  if (arguments.style != "auto" && !style) {
    return Error(fmt::format("--style takes auto, full, spec, money, events or balance, not \"{}\"",
                             arguments.style));
  }
  return ScenarioChoices{.input = std::move(*input),
                         .style = style.value_or(default_style(dialect)),
                         .schedule = schedule->value_or(default_schedule(dialect)),
                         .ack = *ack,
                         .guarantees = *guarantees,
                         .propagation_delay = *delay,
                         .timeout = *timeout};
}

}  // namespace passbook
