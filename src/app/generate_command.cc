// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/commands.h"
#include "app/result_file.h"
#include "lab/scenario/generate.h"
#include "lab/scenario/scenario_writer.h"
#include "lab/scenario/sequential_bank.h"
#include "lab/scenario/writer.h"

namespace passbook {
namespace {

constexpr const char* kHelp =
    R"(Makes a scenario up and prints it. A seed decides everything: the same options print the same
file. Every write ends in the same way in every schedule; without --refusals, every one succeeds.

Examples:
  passbook generate --seed 7 > made.json
  passbook generate --branches 10 --customers 10 --events 200 --dialect clock > clocks.json
  passbook generate --dialect branch --refusals --expected right.json > made.json

Dialects:
  spec    customers at the branches with their ids
  money   the same, and queries carry money
  dest    customers go from branch to branch, which events name by dest
  branch  the same, by branch
  clock   as spec, with customer-requests, which are deposits and withdrawals
)";

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
                                                    natural_style(scenario->dialect)));
    if (!written) {
      return complain(written.error(), kFailed);
    }
  }
  fmt::print("{}", write_scenario(*scenario));
  return kDone;
}

}  // namespace

Command add_generate(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("generate", kHelp);
  sub.add_option("--branches", typed->options.branches, "how many; 3");
  sub.add_option("--customers", typed->options.customers, "how many; 3");
  sub.add_option("--events", typed->options.events, "how many, of all customers together; 10");
  sub.add_option("--seed", typed->options.seed, "1");
  sub.add_option("--dialect", typed->dialect, "spec, money, dest, branch or clock");
  sub.add_flag("--refusals", typed->options.refusals, "some withdrawals fail for lack of money");
  sub.add_option("--expected", typed->expected,
                 "writes there what a sequential run must give, in the style of the dialect");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
