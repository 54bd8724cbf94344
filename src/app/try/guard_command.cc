// SPDX-License-Identifier: Apache-2.0
// `passbook guard`: what `try` starts in isolation. People have no use for it.
#include <memory>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "lab/trial/guard.h"

namespace passbook {
namespace {

constexpr int kReport = 3;

struct Typed {
  trial::GuardOrders orders;
  std::string time = "60s";
};

int run(Typed& typed) {
  const auto time = parse_timeout(typed.time);
  if (!time) {
    return complain(time.error(), kBadUsage);
  }
  typed.orders.limits.time = *time;
  return trial::guard(typed.orders, kReport);
}

}  // namespace

Command add_guard(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("guard")->group("");
  trial::GuardOrders& orders = typed->orders;
  sub.add_option("--run", orders.run)->required();
  sub.add_option("--serve", orders.serve);
  sub.add_option("--ports", orders.ports);
  sub.add_option("--time", typed->time);
  sub.add_option("--memory", orders.limits.memory);
  sub.add_option("--processes", orders.limits.processes);
  sub.add_option("--most", orders.limits.output);
  sub.add_flag("--slow", orders.slow);
  sub.add_flag("--network", orders.network);
  return [typed] { return run(*typed); };
}

}  // namespace passbook
