// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/commands.h"
#include "scenario/json_tree.h"
#include "scenario/reader.h"
#include "scenario/results_reader.h"
#include "scenario/sequential_check.h"

namespace passbook {
namespace {

constexpr const char* kHelp =
    R"(Judges the output of a sequential run, by this or any other implementation. Exit status 0 when
it is right, 1 when it is wrong, 2 when a file can't be read.

Examples:
  passbook check --input scenarios/sample.json --output output.json
)";

struct Typed {
  std::string input;
  std::string output;
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

int run(const Typed& typed) {
  const auto format = parse_format(typed.format);
  if (!format) {
    return complain(format.error(), kBadUsage);
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
  sub.add_option("--input", typed->input, "the scenario")->required();
  sub.add_option("--output", typed->output, "what was written for it")->required();
  sub.add_option("-o", typed->format, "the verdict as table, json or jsonl");
  sub.add_flag("--lenient", typed->lenient, "accept what pasted scenario files get wrong");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
