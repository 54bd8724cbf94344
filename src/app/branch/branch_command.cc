// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/branch/branch_setup.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"
#include "lab/runner/narration.h"
#include "server/branch_server.h"
#include "server/log.h"
#include "server/recovery.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Run one branch of a bank until SIGTERM",
    .text = R"(A scenario file describes the bank; its customers are ignored. The branch listens
at three addresses: one for customers, one for other branches, one for operators.
Its first line of output tells them.)",
    .examples = R"(  passbook branch --bank scenarios/sample.json --id 1 --listen 127.0.0.1:50051 \
      --listen-peers 127.0.0.1:50061 --listen-operators 127.0.0.1:50071 \
      --peer 2=127.0.0.1:50062 --peer 3=127.0.0.1:50063
  passbook branch ... --rejoin --operator 2=127.0.0.1:50072 \
      --operator 3=127.0.0.1:50073
      in memory: if it was here before, it comes back as its next incarnation
)"};

struct Typed {
  BranchArguments arguments;
  std::string delay = "0ms";
  std::string format = "table";
  bool create = false;
  bool debug = false;
  bool rejoin = false;
  RecoveryArguments recovery;
};

struct Prepared : BranchSetup {
  RecoveryTerms terms;  ///< used if it rejoins
};

std::expected<Prepared, std::string> prepare(const Typed& typed) {
  auto setup = set_up_branch(typed.arguments);
  const auto delay = parse_duration("--propagation-delay", typed.delay);
  const auto format = parse_format(typed.format);
  if (!setup) {
    return std::unexpected(setup.error());
  }
  if (!delay || !format) {
    return std::unexpected(!delay ? delay.error() : format.error());
  }
  Prepared out{std::move(*setup), {}};
  out.config.options.propagation_delay = *delay;
  out.config.options.observe = typed.debug;
  if (out.config.data) {
    out.config.data->create = typed.create;
    out.config.options.starts_empty = typed.create;
  }
  if (typed.rejoin) {
    if (out.config.data) {
      return std::unexpected(
          "--rejoin is for a branch in memory; passbook recover rebuilds one with a --data-dir");
    }
    auto terms = recovery_terms(typed.recovery, typed.arguments, out.config);
    if (!terms) {
      return std::unexpected(terms.error());
    }
    out.config.rejoins = true;
    out.terms = std::move(*terms);
  }
  return out;
}

/// Prints one line, for people or for programs.
void print_addresses(const Typed& typed, const std::map<Audience, std::string>& addresses) {
  nlohmann::ordered_json json{{"branch", typed.arguments.id}};
  std::string line;
  for (const auto& [audience, address] : addresses) {
    json[name_of(audience)] = address;
    line += audience == Audience::customers ? fmt::format("serves on {}", address)
                                            : fmt::format(", {} on {}", name_of(audience), address);
  }
  if (typed.format == "table") {
    put("branch {} {}\n", typed.arguments.id, line);
  } else {
    put("{}\n", json.dump());
  }
  std::fflush(stdout);
}

/// Runs the branch, and again after each rejoin in a new incarnation. Returns the exit status.
int run_with_rejoins(const Prepared& prepared, std::unique_ptr<BranchServer> host,
                     const BranchServer::Observer& observer) {
  int status = host->run(prepared.peers, observer);
  while (host->lost_its_memory() && prepared.config.rejoins) {
    const auto next = rejoin(*host, prepared.config, prepared.terms);
    if (!next) {
      return complain(next.error(), kFailed);
    }
    if (!*next) {
      return kDone;
    }
    host.reset();  // frees its addresses
    auto again = BranchServer::start(**next);
    if (!again) {
      return complain(again.error(), kFailed);
    }
    host = std::move(*again);
    status = host->run(prepared.peers, observer);
  }
  return status;
}

int run(const Typed& typed) {
  auto prepared = prepare(typed);
  if (!prepared) {
    return complain(prepared.error(), kBadUsage);
  }
  StopSignal::block();
  start_log(fmt::format("branch {}", typed.arguments.id));
  auto host = BranchServer::start(prepared->config);
  if (!host) {
    return complain(host.error(), kFailed);
  }
  print_addresses(typed, (*host)->addresses());
  BranchServer::Observer observer;
  if (typed.debug) {
    observer = [&](const Observation& observation) {
      for (const std::string& line : narrate(BranchId{typed.arguments.id}, observation).lines) {
        put("{}\n", line);
      }
      std::fflush(stdout);
    };
  }
  return run_with_rejoins(*prepared, std::move(*host), observer);
}

}  // namespace

Command add_branch(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "branch", kHelp);
  CLI::Option* data = add_branch_options(sub, typed->arguments);
  sub.add_flag("--create", typed->create, "make the data directory")->needs(data);
  add_value(sub, "--without ID", typed->arguments.without,
            "a branch that is gone for good: when this one starts empty, it does not wait to hear "
            "from it; may be repeated");
  add_value(sub, "--propagation-delay TIME", typed->delay,
            "delay before entries are sent to other branches");
  CLI::Option* rejoin = sub.add_flag("--rejoin", typed->rejoin,
                                     "with journals in memory: come back as the next incarnation");
  for (CLI::Option* option : add_recovery_options(sub, typed->recovery)) {
    option->needs(rejoin);
  }
  add_value(sub, "-o FORMAT", typed->format, "how to print the addresses: table, json or jsonl");
  sub.add_flag("--debug", typed->debug, "narrate every step");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
