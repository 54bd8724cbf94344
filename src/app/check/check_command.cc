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
  OutputWords words;
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
    print_findings(violations_as_text(*verdict), typed.words.all);
  } else {
    put("{}", verdict_as_json(*verdict));
  }
  return verdict->violations.empty() ? kDone : kFailed;
}

int run(const Typed& typed) {
  const bool csv = typed.words.format == "csv" && !typed.words.outputs.empty();
  const auto format = parse_format(csv ? "table" : typed.words.format);
  if (!format) {
    return complain(format.error(), kBadUsage);
  }
  if (!typed.clock_lists.empty()) {
    if (typed.words.inputs.size() > 1) {
      return complain("--clock-lists takes one --input", kBadUsage);
    }
    const auto& inputs = typed.words.inputs;
    return check_clock_lists({typed.clock_lists, inputs.empty() ? "" : inputs.front(),
                              typed.words.lenient, typed.words.all},
                             *format);
  }
  if (!typed.histories.empty()) {
    return check_histories(typed, *format);
  }
  if (typed.words.inputs.empty() || typed.words.outputs.empty()) {
    return complain("check needs --input and --output, or --history, or --clock-lists", kBadUsage);
  }
  return check_outputs(typed.words);
}

void add_output_options(CLI::App& sub, OutputWords& words) {
  add_value(sub, "--schedule WHEN", words.schedule,
            "how it ran: auto, sequential, concurrent or settled");
  add_value(sub, "--consistency WHAT", words.consistency,
            "the promised consistency: session, eventual, or a comma list of session guarantees");
  add_value(sub, "--model MODEL", words.model,
            "session: each balance is a set of writes; sequential: one order explains all");
  add_value(sub, "--budget TIME", words.budget,
            "for each file, to find out whether its answers are possible");
  add_value(sub, "--pattern GLOB", words.pattern,
            "which files in folders, by name: \"*.out.json\"");
  sub.add_flag("--points", words.points, "each event: the answer, the right answer, its point");
  sub.add_flag("--all", words.all, "print all findings, not only the first 20");
  sub.add_flag("--lenient", words.lenient, "accept common mistakes of pasted scenario files");
}

}  // namespace

Command add_check(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "check", kHelp);
  auto* input = add_value(sub, "--input FILE", typed->words.inputs,
                          "the scenario; several make a matrix of students and scenarios");
  auto* output = add_value(sub, "--output PATH", typed->words.outputs,
                           "the outputs for it: files and folders");
  output->needs(input);
  add_value(sub, "--history FILE", typed->histories, "one or more histories of one bank")
      ->excludes(input)
      ->excludes(output);
  add_value(sub, "--clock-lists PATH", typed->clock_lists,
            "lists of logical clocks, or folders of them; checked against --input if given")
      ->excludes(output)
      ->excludes("--history");
  add_value(sub, "-o FORMAT", typed->words.format,
            "the verdict as table, json or jsonl; of outputs also csv");
  add_output_options(sub, typed->words);
  return [typed] { return run(*typed); };
}

}  // namespace passbook
