// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/check/check_clock_lists.h"
#include "app/check/check_output.h"
#include "app/check/findings.h"
#include "app/check/history_verdict.h"
#include "app/commands.h"

namespace passbook {
namespace {

constexpr const char* kHelp =
    R"(Judges outputs, by this or any other implementation: of a sequential run against the one right
output, of customers that ran at once by whether their answers are possible. Or judges the histories
that processes wrote with --history, whatever ran at the same time and whatever failed; or lists of
events with logical clocks. Exit status 0 when all is right, 1 when something is wrong, 2 when a file
can't be read, 3 when the budget was too small to tell; of several files that of the worst: 2, then
1, then 3.

Examples:
  passbook check --input scenarios/sample.json --output output.json
  passbook check --input scenarios/sample.json --schedule concurrent --output handed-in/ -o csv
  passbook check --input a.json b.json --output class/ -o csv
  passbook check --history branch-1.jsonl branch-2.jsonl customer-9.jsonl
  passbook check --clock-lists lists/ --input scenarios/clocks.json
)";

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
      fmt::print(stderr, "passbook: {}\n", note);
    }
  }
  if (format == Format::table) {
    fmt::print("{}\n", summary(*verdict));
    print_findings(violations_as_text(*verdict), typed.words.all);
  } else {
    fmt::print("{}", verdict_as_json(*verdict));
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
  sub.add_option("--schedule", words.schedule,
                 "how it ran: auto, sequential, concurrent or settled");
  sub.add_option("--consistency", words.consistency,
                 "what was promised: session, eventual, or a comma list of session guarantees");
  sub.add_option("--model", words.model,
                 "session: each balance is a set of writes; sequential: one order explains all");
  sub.add_option("--budget", words.budget, "for each file, to find out what is possible");
  sub.add_option("--pattern", words.pattern, "which files in folders, by name: \"*.out.json\"");
  sub.add_flag("--points", words.points, "each event: what is shown, what must be, its point");
  sub.add_flag("--all", words.all, "print all findings, not only the first 20");
  sub.add_flag("--lenient", words.lenient, "accept what pasted scenario files get wrong");
}

}  // namespace

Command add_check(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("check", kHelp);
  auto* input =
      sub.add_option("--input", typed->words.inputs, "the scenario; several make a matrix");
  auto* output = sub.add_option("--output", typed->words.outputs,
                                "what was written for it: files and folders");
  output->needs(input);
  sub.add_option("--history", typed->histories, "one or many histories of one bank")
      ->excludes(input)
      ->excludes(output);
  sub.add_option("--clock-lists", typed->clock_lists,
                 "lists of logical clocks, or directories of them; of --input, if that is given")
      ->excludes(output)
      ->excludes("--history");
  sub.add_option("-o", typed->words.format,
                 "the verdict as table, json or jsonl; of outputs also csv");
  add_output_options(sub, typed->words);
  return [typed] { return run(*typed); };
}

}  // namespace passbook
