// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/commands.h"
#include "host/branch_host.h"
#include "host/log.h"
#include "host/narration.h"
#include "scenario/reader.h"

namespace passbook {
namespace {

constexpr const char* kHelp =
    R"(One branch process. The bank is that of a scenario file, whose customers are ignored.

Examples:
  passbook branch --bank scenarios/sample.json --id 1 --listen 127.0.0.1:50051 \
      --peer 2=127.0.0.1:50052 --peer 3=127.0.0.1:50053
)";

struct Typed {
  std::string bank;
  std::uint32_t id = 0;
  std::string listen;
  std::vector<std::string> peers;
  std::string delay = "0ms";
  std::string data_dir;
  bool create = false;
  bool lenient = false;
  bool insecure = false;
  bool debug = false;
};

using Error = std::unexpected<std::string>;
using Addresses = std::map<BranchId, std::string>;

struct Prepared {
  BranchConfig config;
  Addresses peers;
};

/// Where everybody is: the file's addresses, overruled by what was typed.
std::expected<Addresses, std::string> gather_addresses(const Typed& typed,
                                                       const Scenario& scenario) {
  Addresses out;
  for (const ScenarioBranch& branch : scenario.branches) {
    if (branch.address) {
      out[branch.id] = *branch.address;
    }
  }
  for (const std::string& text : typed.peers) {
    const auto peer = parse_peer(text);
    if (!peer) {
      return Error(peer.error());
    }
    const bool known = std::ranges::any_of(
        scenario.branches, [&](const ScenarioBranch& branch) { return branch.id == peer->first; });
    if (!known) {
      return Error(
          fmt::format("--peer {}: {} has no branch {}", text, typed.bank, peer->first.value));
    }
    out[peer->first] = peer->second;
  }
  return out;
}

std::expected<void, std::string> complete(const Typed& typed, Prepared& out) {
  const BranchId self = out.config.self;
  const auto own = out.peers.find(self);
  out.config.listen = own == out.peers.end() ? "127.0.0.1:0" : own->second;
  if (!typed.listen.empty()) {
    out.config.listen = typed.listen;
  }
  out.peers.erase(self);
  for (const BranchId branch : out.config.bank.branches) {
    if (branch != self && !out.peers.contains(branch)) {
      return Error(
          fmt::format("branch {} has no address: --peer {}=HOST:PORT", branch.value, branch.value));
    }
  }
  std::vector<std::string> all{out.config.listen};
  for (const auto& [branch, address] : out.peers) {
    all.push_back(address);
  }
  for (const std::string& address : all) {
    if (!address.contains(':')) {
      return Error(fmt::format("\"{}\" is no address: write HOST:PORT", address));
    }
    if (!typed.insecure && !is_loopback(address)) {
      return Error(
          fmt::format("{} is off this machine, and connections are not encrypted: "
                      "--insecure allows it",
                      address));
    }
  }
  return {};
}

std::expected<Prepared, std::string> prepare(const Typed& typed) {
  const auto read = read_scenario_file(typed.bank, typed.lenient);
  if (!read) {
    return Error(read.error());
  }
  const Scenario& scenario = read->scenario;
  auto addresses = gather_addresses(typed, scenario);
  const auto delay = parse_duration(typed.delay);
  if (!addresses || !delay) {
    return Error(!addresses ? addresses.error() : delay.error());
  }
  Prepared out{.config = {.bank = bank_of(scenario),
                          .self = BranchId{typed.id},
                          .listen = {},
                          .options = {},
                          .data = {}},
               .peers = std::move(*addresses)};
  if (!std::ranges::binary_search(out.config.bank.branches, out.config.self)) {
    return Error(fmt::format("{} has no branch {}", typed.bank, typed.id));
  }
  out.config.options.propagation_delay = *delay;
  out.config.options.observe = typed.debug;
  if (!typed.data_dir.empty()) {
    out.config.data = {.path = typed.data_dir, .create = typed.create};
  }
  if (const auto completed = complete(typed, out); !completed) {
    return Error(completed.error());
  }
  return out;
}

int run(const Typed& typed) {
  auto prepared = prepare(typed);
  if (!prepared) {
    return complain(prepared.error(), kBadUsage);
  }
  StopSignal::block();
  start_log(fmt::format("branch {}", typed.id));
  auto host = BranchHost::start(prepared->config);
  if (!host) {
    return complain(host.error(), kFailed);
  }
  const std::string& listen = prepared->config.listen;
  fmt::print("branch {} serves on {}:{}\n", typed.id, listen.substr(0, listen.rfind(':')),
             (*host)->port());
  std::fflush(stdout);
  BranchHost::Observer observer;
  if (typed.debug) {
    observer = [&](const Observation& observation) {
      for (const std::string& line : narrate(BranchId{typed.id}, observation).lines) {
        fmt::print("{}\n", line);
      }
      std::fflush(stdout);
    };
  }
  return (*host)->run(std::move(prepared->peers), observer);
}

}  // namespace

Command add_branch(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("branch", kHelp);
  sub.add_option("--bank", typed->bank, "a scenario file")->required();
  sub.add_option("--id", typed->id, "which of its branches this is")->required();
  sub.add_option("--listen", typed->listen, "HOST:PORT; port 0 lets the kernel choose");
  sub.add_option("--peer", typed->peers, "ID=HOST:PORT, once for each other branch");
  auto* data = sub.add_option("--data-dir", typed->data_dir, "where its journal is kept");
  sub.add_flag("--create", typed->create, "make the data directory")->needs(data);
  sub.add_option("--propagation-delay", typed->delay,
                 "entries reach peers this long after they were accepted");
  sub.add_flag("--lenient", typed->lenient, "accept what pasted scenario files get wrong");
  sub.add_flag("--insecure", typed->insecure, "allow addresses off this machine");
  sub.add_flag("--debug", typed->debug, "tell every step");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
