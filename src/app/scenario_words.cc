// SPDX-License-Identifier: Apache-2.0
#include "app/scenario_words.h"

#include <fmt/format.h>

namespace passbook {

using Error = std::unexpected<std::string>;

void add_scenario_options(CLI::App& command, ScenarioWords& words) {
  command.add_option("--output", words.output, "where the results go; - for standard output");
  command.add_option("--style", words.style, "auto, full, spec, money, events or balance");
  command.add_option("--schedule", words.schedule, "auto, sequential, concurrent or settled");
  command.add_option("--ack", words.ack, "all, majority or local: who must have a write");
  command.add_option("--consistency", words.consistency,
                     "session, eventual, or a comma list of session guarantees");
  command.add_option("--propagation-delay", words.delay,
                     "entries reach peers this long after they were accepted");
  command.add_option("--timeout", words.timeout, "for each event");
  command.add_flag("--lenient", words.lenient, "accept what pasted scenario files get wrong");
}

std::expected<ScenarioChoices, std::string> choose(const std::string& file,
                                                   const ScenarioWords& words) {
  const auto ack = parse_ack(words.ack);
  const auto guarantees = parse_consistency(words.consistency);
  const auto delay = parse_duration(words.delay);
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
