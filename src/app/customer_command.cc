// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/result_file.h"
#include "lab/runner/customer_loop.h"
#include "rpc/clock.h"
#include "server/log.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{.summary = "Run one customer: events in and answers out, as JSON lines",
                            .text = R"(Each line of input is an event of a scenario file, such as
  {"interface":"deposit","money":10,"branch":1}
An answer is printed as soon as it is known. A line that is not an event is
answered with an error, and the next one is read.)",
                            .examples = R"(  echo '{"interface":"deposit","money":10,"branch":1}' |
    passbook customer --id 1 --branch 1=127.0.0.1:50051
)"};

struct Typed {
  std::uint64_t id = 0;
  std::vector<std::string> branches;
  std::string events = "-";
  std::string ack = "all";
  std::string consistency = "session";
  std::string timeout = "10s";
  CustomerFiles files;
  std::optional<std::string> passbook;
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

/// Begins with the passbook in the file, if it exists, and saves each later passbook there.
std::expected<CustomerMemory, std::string> remember(const std::optional<std::string>& path) {
  CustomerMemory out;
  if (!path) {
    return out;
  }
  if (std::filesystem::exists(*path)) {
    const auto text = read_file(*path);
    const auto held = text ? read_passbook(text->substr(0, text->find_first_of("\r\n")))
                           : std::expected<HeldPassbook, std::string>(Error(text.error()));
    if (!held) {
      return Error(text ? fmt::format("{}: {}", *path, held.error()) : held.error());
    }
    out.base = *held;
  }
  out.keep = [path = *path](const HeldPassbook& held) -> std::expected<void, std::string> {
    auto file = ResultFile::prepare(path);
    return file ? file->commit(to_hex(held) + '\n') : Error(file.error());
  };
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
  const auto memory = remember(typed.passbook);
  if (!memory) {
    return complain(memory.error(), kBadUsage);
  }
  start_log(fmt::format("customer {}", typed.id));
  // A new session, so that request ids differ from those of the customer's earlier processes.
  const CustomerOptions options{.client = {CustomerId{typed.id}, new_session()},
                                .guarantees = *guarantees,
                                .ack = *ack,
                                .timeout = *timeout};
  if (typed.events == "-") {
    return run_customer(options, *branches, std::cin, stdout, *recorder, *memory);
  }
  std::ifstream file(typed.events);
  if (!file) {
    return complain(fmt::format("{}: cannot be read", typed.events), kBadUsage);
  }
  return run_customer(options, *branches, file, stdout, *recorder, *memory);
}

}  // namespace

Command add_customer(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "customer", kHelp);
  add_value(sub, "--id ID", typed->id, "the customer's number")->required()->check(at_least(1));
  add_value(sub, "--branch ID=HOST:PORT", typed->branches,
            "where a branch serves customers; once for each branch")
      ->required();
  add_value(sub, "--events FILE", typed->events, "a file of JSON lines; - is standard input");
  add_value(sub, "--ack LEVEL", typed->ack,
            "how many branches must have a write before it is answered: all, majority or local");
  add_value(sub, "--consistency WHAT", typed->consistency,
            "session, eventual, or a comma list of read-your-writes, monotonic-writes, "
            "monotonic-reads, writes-follow-reads");
  add_value(sub, "--timeout TIME", typed->timeout, "for each event, retries included");
  add_value(
      sub, "--passbook FILE", typed->passbook,
      "continue with the passbook in this file, if there is one, and save each later one there");
  add_value(sub, "--history FILE", typed->files.history,
            "append every call and answer, for check --history");
  add_value(sub, "--trace FILE", typed->files.trace,
            "append the same with clocks, for passbook trace");
  sub.add_flag("--insecure", typed->insecure, "allow addresses off this machine");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
