// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/commands.h"
#include "lab/runner/customer_loop.h"
#include "rpc/clock.h"
#include "server/log.h"

namespace passbook {
namespace {

constexpr const char* kHelp = R"(One customer process: events in, answers out, both as JSON lines.

Examples:
  echo '{"interface":"deposit","money":10,"branch":1}' |
    passbook customer --id 1 --branch 1=127.0.0.1:50051 --branch 2=127.0.0.1:50052
)";

struct Typed {
  std::uint64_t id = 0;
  std::vector<std::string> branches;
  std::string events = "-";
  std::string ack = "all";
  std::string consistency = "session";
  std::string timeout = "10s";
  CustomerFiles files;
  bool insecure = false;
};

using Error = std::unexpected<std::string>;

std::expected<Addresses, std::string> take_branches(const Typed& typed) {
  Addresses out;
  for (const std::string& text : typed.branches) {
    const auto branch = parse_peer(text);
    if (!branch) {
      return Error(branch.error());
    }
    if (const auto allowed = check_address(branch->second, typed.insecure); !allowed) {
      return Error(allowed.error());
    }
    out.insert(*branch);
  }
  return out;
}

int run(const Typed& typed) {
  const auto branches = take_branches(typed);
  const auto ack = parse_ack(typed.ack);
  const auto guarantees = parse_consistency(typed.consistency);
  const auto timeout = parse_timeout(typed.timeout);
  for (const std::string& error :
       {branches ? "" : branches.error(), ack ? "" : ack.error(),
        guarantees ? "" : guarantees.error(), timeout ? "" : timeout.error()}) {
    if (!error.empty()) {
      return complain(error, kBadUsage);
    }
  }
  auto recorder = CustomerRecorder::open(typed.files);
  if (!recorder) {
    return complain(recorder.error(), kBadUsage);
  }
  start_log(fmt::format("customer {}", typed.id));
  // Request ids must not be those of an earlier process of the same customer.
  const CustomerOptions options{.client = {CustomerId{typed.id}, new_session()},
                                .guarantees = *guarantees,
                                .ack = *ack,
                                .timeout = *timeout};
  if (typed.events == "-") {
    return run_customer(options, *branches, std::cin, stdout, *recorder);
  }
  std::ifstream file(typed.events);
  if (!file) {
    return complain(fmt::format("{}: cannot be read", typed.events), kBadUsage);
  }
  return run_customer(options, *branches, file, stdout, *recorder);
}

}  // namespace

Command add_customer(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("customer", kHelp);
  sub.add_option("--id", typed->id, "who it is")->required()->check(CLI::PositiveNumber);
  sub.add_option("--branch", typed->branches, "ID=HOST:PORT, once for each branch")->required();
  sub.add_option("--events", typed->events, "a file of JSON lines; - for standard input");
  sub.add_option("--ack", typed->ack, "all, majority or local");
  sub.add_option("--consistency", typed->consistency,
                 "session, eventual, or a comma list of session guarantees");
  sub.add_option("--timeout", typed->timeout, "for each event");
  sub.add_option("--history", typed->files.history, "every call and answer is added to this file");
  sub.add_option("--trace", typed->files.trace, "the same with clocks, for passbook trace");
  sub.add_flag("--insecure", typed->insecure, "allow addresses off this machine");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
