// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/report.h"
#include "app/result_file.h"
#include "app/run/run_history.h"
#include "app/run/run_trace.h"
#include "app/scenario_arguments.h"
#include "app/table_story.h"
#include "lab/runner/process_names.h"
#include "lab/runner/runner.h"
#include "lab/scenario/writer.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Run a scenario: a bank of real processes and its customers",
    .text = R"(Each branch and each customer is a process of its own. Shows what happens and
writes the results. Exit status: 0 when every event ended in success or for lack
of money and the replicas agree, 1 when not, 2 when the command line or the file
is wrong (then nothing was started or written), 130 after Ctrl-C.)",
    .examples = R"(  passbook run scenarios/sample.json
  passbook run FILE --schedule settled --output - -o json
  passbook run FILE --ack local --propagation-delay 500ms --consistency eventual
  passbook run FILE --data-dir data      and later: --data-dir data --resume
)"};

/// The options as they were typed.
struct Typed {
  std::string file;
  ScenarioArguments scenario;
  std::string format = "table";
  std::optional<int> base_port;
  std::optional<std::string> log_dir;
  std::optional<std::string> data_dir;
  std::optional<std::string> history;
  TraceArguments trace;
  bool resume = false;
  bool debug = false;
};

/// Everything that must be right before the first process starts.
struct Prepared {
  RunOptions options;
  Format format = Format::table;
  Style style = Style::spec;
  ReadScenario input;
};

using Error = std::unexpected<std::string>;

std::expected<void, std::string> take_options(const Typed& typed, Prepared& out) {
  const auto format = parse_format(typed.format);
  if (!format) {
    return Error(format.error());
  }
  out.format = *format;
  out.options.narrate = typed.debug && *format == Format::table;
  out.options.log_dir = typed.log_dir;
  out.options.base_port = typed.base_port;
  if (typed.data_dir) {
    out.options.data = RunData{.path = *typed.data_dir, .resume = typed.resume};
  }
  return {};
}

std::expected<void, std::string> take_scenario(const Typed& typed, Prepared& out) {
  auto chosen = choose(typed.file, typed.scenario);
  if (!chosen) {
    return Error(chosen.error());
  }
  out.options.schedule = chosen->schedule;
  out.options.ack = chosen->ack;
  out.options.guarantees = chosen->guarantees;
  out.options.propagation_delay = chosen->propagation_delay;
  out.options.timeout = chosen->timeout;
  out.style = chosen->style;
  out.input = std::move(chosen->input);
  return {};
}

/// Checks the ports and log files, which depend on the scenario.
std::expected<void, std::string> take_places(const Typed& typed, Prepared& out) {
  const Scenario& scenario = out.input.scenario;
  constexpr int kHighestPort = 65535;
  if (typed.base_port && (*typed.base_port < 1 ||
                          *typed.base_port + std::ssize(scenario.branches) - 1 > kHighestPort)) {
    return Error(fmt::format("--base-port {} leaves no ports for {} branches", *typed.base_port,
                             scenario.branches.size()));
  }
  if (!typed.log_dir) {
    return {};
  }
  std::vector<std::string> logs = process_names(scenario);
  for (std::string& name : logs) {
    name += ".log";
  }
  return prepare_directory(*typed.log_dir, logs);
}

/// A run begins with empty directories, unless --resume continues an earlier one.
std::expected<void, std::string> take_data(const Typed&, Prepared& out) {
  if (!out.options.data) {
    return {};
  }
  const RunData& data = *out.options.data;
  for (const std::string& directory : data_directories(out.input.scenario, data)) {
    std::error_code error;
    const bool there = std::filesystem::exists(directory, error);
    if (there && !data.resume) {
      return Error(fmt::format("{} belongs to an earlier run: --resume continues from its balances",
                               directory));
    }
    if (!there && data.resume) {
      return Error(fmt::format("{} is not there: without --resume a run begins anew", directory));
    }
  }
  std::error_code error;
  std::filesystem::create_directories(data.path, error);
  return error ? std::expected<void, std::string>(
                     Error(fmt::format("{}: {}", data.path, error.message())))
               : std::expected<void, std::string>();
}

std::expected<Prepared, std::string> prepare(const Typed& typed) {
  Prepared out;
  for (const auto step : {take_options, take_scenario, take_places, take_data}) {
    if (const auto taken = step(typed, out); !taken) {
      return Error(taken.error());
    }
  }
  return out;
}

std::expected<std::optional<RunHistory>, std::string> prepare_history(const Typed& typed,
                                                                      Prepared& out) {
  if (!typed.history) {
    return std::nullopt;
  }
  auto history = RunHistory::prepare(*typed.history);
  if (!history) {
    return Error(history.error());
  }
  out.options.history_dir = history->directory();
  return std::optional<RunHistory>(std::move(*history));
}

/// Tells nothing, since the report is printed whole at the end.
class NoStory final : public RunStory {
 public:
  void serving(BranchId, int, Money) override {}
  void ready() override {}
  void arrived(EventPlace) override {}
  void narrated(std::optional<EventPlace>, const std::vector<std::string>&) override {}
  void performed(EventPlace, const Performed&, std::size_t, std::size_t) override {}
};

/// Partial results never replace those of a complete run.
std::expected<void, std::string> commit_results(ResultFile& file, const RunDescription& about,
                                                const RunReport& report) {
  if (!written_to(about, report)) {
    return {};
  }
  const std::string text = write_results(about.scenario, report.results(), about.style);
  return report.complete() ? file.commit(text) : file.commit_beside(text, kPartial);
}

int run(const Typed& typed) {
  auto prepared = prepare(typed);
  if (!prepared) {
    return complain(prepared.error(), kBadUsage);
  }
  auto result = ResultFile::prepare(typed.scenario.output);
  if (!result) {
    return complain(result.error(), kBadUsage);
  }
  auto history = prepare_history(typed, *prepared);
  if (!history) {
    return complain(history.error(), kBadUsage);
  }
  auto trace = RunTrace::prepare(typed.trace);
  if (!trace) {
    return complain(trace.error(), kBadUsage);
  }
  if (*trace) {
    prepared->options.trace_dir = (*trace)->directory();
    prepared->options.listed_clocks = (*trace)->lists();
  }
  const Scenario& scenario = prepared->input.scenario;
  const RunDescription about{.file = typed.file,
                             .output = typed.scenario.output,
                             .scenario = scenario,
                             .options = prepared->options,
                             .style = prepared->style,
                             .notes = prepared->input.notes,
                             .warnings = prepared->input.warnings};
  std::FILE* out = typed.scenario.output == "-" ? stderr : stdout;
  TableStory table(about, out);
  NoStory none;
  const bool tell = prepared->format == Format::table;
  if (tell) {
    table.begin();
  }
  const RunReport report =
      run_scenario(scenario, prepared->options, tell ? static_cast<RunStory&>(table) : none);
  auto written = commit_results(*result, about, report);
  if (*history) {
    const auto recorded = (*history)->commit(bank_of(scenario), report);
    written = written ? recorded : written;
  }
  if (*trace) {
    const auto traced = (*trace)->commit(scenario);
    written = written ? traced : written;
  }
  if (tell) {
    table.end(report);
  } else {
    const std::string text = prepared->format == Format::json ? report_as_json(about, report)
                                                              : report_as_json_lines(about, report);
    std::fputs(text.c_str(), out);
  }
  if (!written) {
    return complain(written.error(), kFailed);
  }
  if (report.interrupted) {
    return kInterrupted + *report.interrupted;
  }
  return succeeded(report) ? kDone : kFailed;
}

}  // namespace

Command add_run(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "run", kHelp);
  add_value(sub, "FILE", typed->file, "the scenario; - reads standard input")->required();
  add_scenario_options(sub, typed->scenario);
  add_value(sub, "--base-port PORT", typed->base_port,
            "serve customers at PORT, PORT+1, ..., in branch order (default: ports that the "
            "kernel chooses)");
  add_value(sub, "--log-dir DIR", typed->log_dir, "write a log file for each process there");
  auto* data = add_value(sub, "--data-dir DIR", typed->data_dir,
                         "keep durable journals there (default: in memory)");
  sub.add_flag("--resume", typed->resume, "go on from the balances of an earlier run")->needs(data);
  add_value(sub, "--history FILE", typed->history,
            "write down everything that happens, for check --history");
  add_trace_options(sub, typed->trace);
  add_value(sub, "-o FORMAT", typed->format,
            "tell the story as a table, or print one report as json or jsonl");
  sub.add_flag("--debug", typed->debug, "narrate every step of every branch");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
