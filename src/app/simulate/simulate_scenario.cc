// SPDX-License-Identifier: Apache-2.0
#include "app/simulate/simulate_scenario.h"

#include <fmt/format.h>

#include "app/print.h"
#include "app/report.h"
#include "app/result_file.h"
#include "app/simulate/simulate_report.h"
#include "app/simulate/simulate_trace.h"
#include "app/table_story.h"
#include "lab/sim/play.h"

namespace passbook {
namespace {

/// As the report of a run, so that it is told and printed like one.
RunReport as_run(const sim::Played& played, const Scenario& scenario) {
  RunReport out;
  out.performed = played.performed;
  out.answered = count_events(scenario);
  for (const sim::Final& last : played.finals) {
    out.finals.push_back(
        {last.branch, last.balance, last.balance ? "" : "the branch is not there"});
  }
  out.broken = broken_guarantees(scenario, played.performed);
  if (!played.result.passed()) {
    const history::Violation& violation = played.result.violations.front();
    out.failure = fmt::format("{} is broken: {}", violation.invariant, violation.what);
  }
  out.events = played.events;
  out.total = played.result.simulated;
  return out;
}

RunOptions options_of(const ScenarioChoices& chosen) {
  RunOptions out;
  out.schedule = chosen.schedule;
  out.ack = chosen.ack;
  out.guarantees = chosen.guarantees;
  out.propagation_delay = chosen.propagation_delay;
  out.timeout = chosen.timeout;
  return out;
}

sim::PlayOptions play_options(const ScenarioChoices& chosen, std::uint64_t seed,
                              const sim::Faults& faults, bool trace) {
  return {.schedule = chosen.schedule,
          .ack = chosen.ack,
          .guarantees = chosen.guarantees,
          .propagation_delay = chosen.propagation_delay,
          .timeout = chosen.timeout,
          .seed = seed,
          .faults = faults,
          .trace = trace};
}

struct Outcomes {
  RunReport report;
  SeedReport figures;  ///< of the seed
  std::vector<trace::Event> trace;
};

/// Plays the scenario silently.
Outcomes play(const RunDescription& about, const sim::PlayOptions& options) {
  sim::Played played =
      sim::play(about.scenario, options, [](std::size_t, std::size_t, const Performed&) {});
  return {as_run(played, about.scenario), SeedReport(played.result),
          std::move(played.result.trace)};
}

/// Plays the scenario and tells the story as it goes.
Outcomes tell(const RunDescription& about, const sim::PlayOptions& options, std::FILE* out) {
  TableStory story(about, out);
  story.introduce();
  put(out, "Simulated, from seed {}.\n", options.seed);
  story.customers_begin();
  std::size_t done = 0;
  const std::size_t all = count_events(about.scenario);
  sim::Played played =
      sim::play(about.scenario, options,
                [&](std::size_t listing, std::size_t event, const Performed& performed) {
                  story.performed({listing, event}, performed, ++done, all);
                });
  const RunReport report = as_run(played, about.scenario);
  story.outcome(report);
  put(out, "Simulated {:.3f} s until the last answer; hash {:016x}.\n",
      std::chrono::duration<double>(played.events).count(), played.result.hash);
  return {report, SeedReport(played.result), std::move(played.result.trace)};
}

}  // namespace

int simulate_scenario(const std::string& file, const ScenarioArguments& arguments,
                      std::uint64_t seed, const sim::Faults& faults, Format format,
                      const std::optional<std::string>& trace) {
  const auto chosen = choose(file, arguments);
  if (!chosen) {
    return complain(chosen.error(), kBadUsage);
  }
  std::optional<ResultFile> result;
  if (!arguments.output.empty()) {
    auto prepared = ResultFile::prepare(arguments.output);
    if (!prepared) {
      return complain(prepared.error(), kBadUsage);
    }
    result.emplace(std::move(*prepared));
  }
  auto traced = prepare_trace(trace);
  if (!traced) {
    return complain(traced.error(), kBadUsage);
  }
  const Scenario& scenario = chosen->input.scenario;
  const RunOptions options = options_of(*chosen);
  const RunDescription about{.file = file,
                             .output = arguments.output,
                             .scenario = scenario,
                             .options = options,
                             .style = chosen->style,
                             .notes = chosen->input.notes,
                             .warnings = chosen->input.warnings};
  std::FILE* out = arguments.output == "-" ? stderr : stdout;
  sim::catch_assertions();
  const sim::PlayOptions how = play_options(*chosen, seed, faults, trace.has_value());
  const auto [report, figures, events] =
      format == Format::table ? tell(about, how, out) : play(about, how);
  std::expected<void, std::string> written;
  if (result) {
    written = result->commit(write_results(scenario, report.results(), chosen->style));
  }
  if (*traced) {
    const auto also = commit_trace(**traced, bank_of(scenario), events);
    written = written ? also : written;
  }
  if (format != Format::table) {
    const std::string more = "," + members_of(figures);
    const std::string text = format == Format::json ? report_as_json(about, report, more)
                                                    : report_as_json_lines(about, report, more);
    std::fputs(text.c_str(), out);
  }
  if (!written) {
    return complain(written.error(), kFailed);
  }
  return succeeded(report) ? kDone : kFailed;
}

}  // namespace passbook
