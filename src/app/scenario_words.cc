// SPDX-License-Identifier: Apache-2.0
#include "app/scenario_words.h"

#include <fmt/format.h>

#include "app/command_line.h"

namespace passbook {

using Error = std::unexpected<std::string>;

void add_scenario_options(CLI::App& command, ScenarioWords& words) {
  add_value(command, "--output FILE", words.output,
            "where the results go; - is standard output, and the story goes to standard error");
  add_value(command, "--style STYLE", words.style,
            "how results are written: auto, full, spec, money, events or balance");
  add_value(command, "--schedule WHEN", words.schedule,
            "the order in which customers act: auto, sequential, concurrent or settled");
  add_value(command, "--ack LEVEL", words.ack,
            "how many branches must have a write before it is answered: all, majority or local");
  add_value(command, "--consistency WHAT", words.consistency,
            "session, eventual, or a comma list of read-your-writes, monotonic-writes, "
            "monotonic-reads, writes-follow-reads");
  add_value(command, "--propagation-delay TIME", words.delay,
            "delay before entries are sent to other branches");
  add_value(command, "--timeout TIME", words.timeout, "for each event, retries included");
  command.add_flag("--lenient", words.lenient, "accept common mistakes of pasted scenario files");
}

std::expected<ScenarioChoices, std::string> choose(const std::string& file,
                                                   const ScenarioWords& words) {
  const auto ack = parse_ack(words.ack);
  const auto guarantees = parse_consistency(words.consistency);
  const auto delay = parse_duration("--propagation-delay", words.delay);
  const auto timeout = parse_timeout(words.timeout);
  for (const std::string& error : {ack ? "" : ack.error(), guarantees ? "" : guarantees.error(),
                                   delay ? "" : delay.error(), timeout ? "" : timeout.error()}) {
    if (!error.empty()) {
      return Error(error);
    }
  }
  auto input = read_scenario_file(file, words.lenient);
  if (!input) {
    return Error(input.error());
  }
  const Dialect& dialect = input->scenario.dialect;
  const auto schedule = parse_schedule(words.schedule);
  if (!schedule) {
    return Error(schedule.error());
  }
  const auto style = style_named(words.style);
  if (words.style != "auto" && !style) {
    return Error(fmt::format("--style takes auto, full, spec, money, events or balance, not \"{}\"",
                             words.style));
  }
  return ScenarioChoices{.input = std::move(*input),
                         .style = style.value_or(natural_style(dialect)),
                         .schedule = schedule->value_or(natural_schedule(dialect)),
                         .ack = *ack,
                         .guarantees = *guarantees,
                         .propagation_delay = *delay,
                         .timeout = *timeout};
}

}  // namespace passbook
