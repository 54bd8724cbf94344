// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/check_clock_lists.h"
#include "app/commands.h"
#include "app/history_verdict.h"
#include "scenario/json_tree.h"
#include "scenario/reader.h"
#include "scenario/results_reader.h"
#include "scenario/sequential_check.h"

namespace passbook {
namespace {

constexpr const char* kHelp =
    R"(Judges the output of a sequential run, by this or any other implementation; or the histories
that processes wrote with --history, whatever ran at the same time and whatever failed; or lists of
events with logical clocks. Exit status 0 when it is right, 1 when it is wrong, 2 when a file can't be
read.

Examples:
  passbook check --input scenarios/sample.json --output output.json
  passbook check --history branch-1.jsonl branch-2.jsonl customer-9.jsonl
  passbook check --clock-lists lists/ --input scenarios/clocks.json
)";

struct Typed {
  std::string input;
  std::string output;
  std::vector<std::string> histories;
  std::vector<std::string> clock_lists;
  std::string format = "table";
  bool lenient = false;
};

void print(const Typed& typed, const Verdict& verdict, Format format) {
  if (format == Format::table) {
    fmt::print("{}\n", verdict.summary);
    for (const std::string& finding : verdict.findings) {
      fmt::print("  {}\n", finding);
    }
    return;
  }
  std::string findings;
  for (const std::string& finding : verdict.findings) {
    findings += (findings.empty() ? "" : ",") + json_string(finding);
  }
  fmt::print("{{\"input\":{},\"output\":{},\"verdict\":\"{}\",\"summary\":{},\"findings\":[{}]}}\n",
             json_string(typed.input), json_string(typed.output), verdict.right ? "right" : "wrong",
             json_string(verdict.summary), findings);
}

int check_histories(const Typed& typed, Format format) {
  const auto verdict = judge_histories(typed.histories);
  if (!verdict) {
    return complain(verdict.error(), kBadUsage);
  }
  if (format == Format::table) {
    for (const std::string& note : verdict->read.notes) {
      fmt::print(stderr, "passbook: {}\n", note);
    }
  }
  const bool table = format == Format::table;
  fmt::print("{}", table ? verdict_as_text(*verdict) : verdict_as_json(*verdict));
  return verdict->violations.empty() ? kDone : kFailed;
}

int run(const Typed& typed) {
  const auto format = parse_format(typed.format);
  if (!format) {
    return complain(format.error(), kBadUsage);
  }
  if (!typed.clock_lists.empty()) {
    return check_clock_lists({typed.clock_lists, typed.input, typed.lenient}, *format);
  }
  if (!typed.histories.empty()) {
    return check_histories(typed, *format);
  }
  if (typed.input.empty() || typed.output.empty()) {
    return complain("check needs --input and --output, or --history, or --clock-lists", kBadUsage);
  }
  const auto scenario = read_scenario_file(typed.input, typed.lenient);
  const auto output = read_file(typed.output);
  if (!scenario || !output) {
    return complain(!scenario ? scenario.error() : output.error(), kBadUsage);
  }
  const auto results = read_results(*output, typed.output, scenario->scenario);
  if (!results) {
    return complain(describe(results.error()), kBadUsage);
  }
  const Verdict verdict = check_sequential(scenario->scenario, *results);
  print(typed, verdict, *format);
  return verdict.right ? kDone : kFailed;
}

}  // namespace

Command add_check(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("check", kHelp);
  auto* input = sub.add_option("--input", typed->input, "the scenario");
  auto* output = sub.add_option("--output", typed->output, "what was written for it");
  output->needs(input);
  sub.add_option("--history", typed->histories, "one or many histories of one bank")
      ->excludes(input)
      ->excludes(output);
  sub.add_option("--clock-lists", typed->clock_lists,
                 "lists of logical clocks, or directories of them; of --input, if that is given")
      ->excludes(output)
      ->excludes("--history");
  sub.add_option("-o", typed->format, "the verdict as table, json or jsonl");
  sub.add_flag("--lenient", typed->lenient, "accept what pasted scenario files get wrong");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
