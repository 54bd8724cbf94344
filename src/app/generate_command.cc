// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"
#include "app/result_file.h"
#include "lab/scenario/generate.h"
#include "lab/scenario/scenario_writer.h"
#include "lab/scenario/sequential_bank.h"
#include "lab/scenario/writer.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Make up a scenario from a seed and print it",
    .text = R"(The same options print the same file everywhere. Every write ends in the same way
in every schedule; without --refusals, every one succeeds.

Dialects:
  spec    customers at the branches with their ids
  money   the same, and queries carry money
  dest    customers go from branch to branch, which events name by dest
  branch  the same, by branch
  clock   as spec, with customer-requests, which are deposits and withdrawals)",
    .examples = R"(  passbook generate --seed 7 > made.json
  passbook generate --branches 10 --customers 10 --dialect clock > clocks.json
  passbook generate --refusals --expected right.json > made.json
)"};

struct Typed {
  GenerateOptions options;
  std::string dialect = "spec";
  std::string expected;
};

int run(Typed typed) {
  const auto dialect = generated_dialect_named(typed.dialect);
  if (!dialect) {
    return complain(fmt::format("--dialect takes spec, money, dest, branch or clock, not \"{}\"",
                                typed.dialect),
                    kBadUsage);
  }
  typed.options.dialect = *dialect;
  const auto scenario = generate(typed.options);
  if (!scenario) {
    return complain(scenario.error(), kBadUsage);
  }
  if (!typed.expected.empty()) {
    auto file = ResultFile::prepare(typed.expected);
    if (!file) {
      return complain(file.error(), kBadUsage);
    }
    const auto written = file->commit(write_results(*scenario, perform_sequentially(*scenario),
                                                    default_style(scenario->dialect)));
    if (!written) {
      return complain(written.error(), kFailed);
    }
  }
  put("{}", write_scenario(*scenario));
  return kDone;
}

}  // namespace

Command add_generate(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "generate", kHelp);
  add_value(sub, "--branches COUNT", typed->options.branches, "how many branches");
  add_value(sub, "--customers COUNT", typed->options.customers, "how many customers");
  add_value(sub, "--events COUNT", typed->options.events, "how many events in total");
  add_value(sub, "--seed SEED", typed->options.seed, "the seed of all other choices");
  add_value(sub, "--dialect NAME", typed->dialect, "spec, money, dest, branch or clock");
  sub.add_flag("--refusals", typed->options.refusals, "some withdrawals fail for lack of money");
  add_value(sub, "--expected FILE", typed->expected,
            "write the results of a sequential run to this file, in the dialect's style");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
