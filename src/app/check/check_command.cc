// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/check/check_clock_lists.h"
#include "app/check/check_output.h"
#include "app/check/findings.h"
#include "app/check/history_verdict.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Judge outputs, histories or clock lists, whoever made them",
    .text = R"(Outputs: of a sequential run against the one right output, of customers that ran
at once by whether their answers are possible. Histories: what processes wrote
with --history, whatever ran at once and whatever failed. Clock lists: events with
logical clocks.

Exit status: 0 when all is right, 1 when something is wrong, 2 when a file cannot
be read, 3 when the budget was too small to tell; of several files the worst: 2,
then 1, then 3.)",
    .examples = R"(  passbook check --input scenarios/sample.json --output output.json
  passbook check --input FILE --schedule concurrent --output handed-in/ -o csv
  passbook check --input a.json b.json --output class/ -o csv
  passbook check --history branch-1.jsonl branch-2.jsonl customer-9.jsonl
  passbook check --clock-lists lists/ --input scenarios/clocks.json
)"};

struct Typed {
  OutputArguments arguments;
  std::vector<std::string> histories;
  std::vector<std::string> clock_lists;
};

int check_histories(const Typed& typed, Format format) {
  const auto verdict = judge_histories(typed.histories);
  if (!verdict) {
    return complain(verdict.error(), kBadUsage);
  }
  if (format == Format::table) {
    for (const std::string& note : verdict->read.notes) {
      put(stderr, "passbook: {}\n", note);
    }
  }
  if (format == Format::table) {
    put("{}\n", summary(*verdict));
    print_findings(violations_as_text(*verdict), typed.arguments.all);
  } else {
    put("{}", verdict_as_json(*verdict));
  }
  return verdict->violations.empty() ? kDone : kFailed;
}

int run(const Typed& typed) {
  const bool csv = typed.arguments.format == "csv" && !typed.arguments.outputs.empty();
  const auto format = parse_format(csv ? "table" : typed.arguments.format);
  if (!format) {
    return complain(format.error(), kBadUsage);
  }
  if (!typed.clock_lists.empty()) {
    if (typed.arguments.inputs.size() > 1) {
      return complain("--clock-lists takes one --input", kBadUsage);
    }
    const auto& inputs = typed.arguments.inputs;
    return check_clock_lists({typed.clock_lists, inputs.empty() ? "" : inputs.front(),
                              typed.arguments.lenient, typed.arguments.all},
                             *format);
  }
  if (!typed.histories.empty()) {
    return check_histories(typed, *format);
  }
  if (typed.arguments.inputs.empty() || typed.arguments.outputs.empty()) {
    return complain("check needs --input and --output, or --history, or --clock-lists", kBadUsage);
  }
  return check_outputs(typed.arguments);
}

void add_output_options(CLI::App& sub, OutputArguments& arguments) {
  add_value(sub, "--schedule WHEN", arguments.schedule,
            "how it ran: auto, sequential, concurrent or settled");
  add_value(sub, "--consistency WHAT", arguments.consistency,
            "the promised consistency: session, eventual, or a comma list of session guarantees");
  add_value(sub, "--model MODEL", arguments.model,
            "session: each balance is a set of writes; sequential: one order explains all");
  add_value(sub, "--budget TIME", arguments.budget,
            "for each file, to find out whether its answers are possible");
  add_value(sub, "--pattern GLOB", arguments.pattern,
            "which files in folders, by name: \"*.out.json\"");
  sub.add_flag("--points", arguments.points, "each event: the answer, the right answer, its point");
  sub.add_flag("--all", arguments.all, "print all findings, not only the first 20");
  sub.add_flag("--lenient", arguments.lenient, "accept common mistakes of pasted scenario files");
}

}  // namespace

Command add_check(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "check", kHelp);
  auto* input = add_value(sub, "--input FILE", typed->arguments.inputs,
                          "the scenario; several make a matrix of students and scenarios");
  auto* output = add_value(sub, "--output PATH", typed->arguments.outputs,
                           "the outputs for it: files and folders");
  output->needs(input);
  add_value(sub, "--history FILE", typed->histories, "one or more histories of one bank")
      ->excludes(input)
      ->excludes(output);
  add_value(sub, "--clock-lists PATH", typed->clock_lists,
            "lists of logical clocks, or folders of them; checked against --input if given")
      ->excludes(output)
      ->excludes("--history");
  add_value(sub, "-o FORMAT", typed->arguments.format,
            "the verdict as table, json or jsonl; of outputs also csv");
  add_output_options(sub, typed->arguments);
  return [typed] { return run(*typed); };
}

}  // namespace passbook
