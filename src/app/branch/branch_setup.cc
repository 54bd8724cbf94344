// SPDX-License-Identifier: Apache-2.0
#include "app/branch/branch_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "app/arguments.h"
#include "app/command_line.h"
#include "branch/options_check.h"
#include "version.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

constexpr const char* kAnyPort = "127.0.0.1:0";

std::expected<void, std::string> check_addresses(const auto& addresses, bool insecure) {
  for (const std::string& address : addresses) {
    if (auto allowed = check_address(address, insecure); !allowed) {
      return allowed;
    }
  }
  return {};
}

/// Sets the address for each audience. The address in the bank file is for customers.
std::expected<void, std::string> take_listeners(const BranchArguments& arguments,
                                                const Scenario& scenario, BranchSetup& out) {
  auto& listen = out.config.listen;
  listen = {{Audience::customers, kAnyPort}, {Audience::operators, kAnyPort}};
  for (const ScenarioBranch& branch : scenario.branches) {
    if (branch.id == out.config.self && branch.address) {
      listen[Audience::customers] = *branch.address;
    }
  }
  for (const auto& [audience, typed] :
       {std::pair(Audience::customers, &arguments.listen),
        std::pair(Audience::peers, &arguments.listen_peers),
        std::pair(Audience::operators, &arguments.listen_operators)}) {
    if (!typed->empty()) {
      listen[audience] = *typed;
    }
  }
  if (out.config.bank.branches.size() > 1 && !listen.contains(Audience::peers)) {
    return Error(fmt::format("--listen-peers is required: {} has {} branches", arguments.bank,
                             out.config.bank.branches.size()));
  }
  return check_addresses(std::views::values(listen), arguments.insecure);
}

/// Sets the addresses where other branches serve their peers.
std::expected<void, std::string> take_peers(const BranchArguments& arguments, BranchSetup& out) {
  auto peers = other_branches("--peer", arguments.peers, arguments, out.config);
  if (!peers) {
    return Error(peers.error());
  }
  out.peers = std::move(*peers);
  return {};
}

std::expected<void, std::string> take_data(const BranchArguments& arguments, BranchSetup& out) {
  const auto reserve = parse_bytes("--disk-reserve", arguments.disk_reserve);
  if (!reserve) {
    return Error(reserve.error());
  }
  for (const std::uint32_t branch : arguments.without) {
    out.config.options.without.emplace_back(branch);
  }
  if (arguments.data_dir.empty()) {
    use_memory_journal(out.config);
  } else {
    use_data_directory(out.config,
                       {.path = arguments.data_dir, .create = false, .reserve = *reserve});
    out.config.options.snapshot_every = arguments.snapshot_every;
  }
  return {};
}

}  // namespace

std::expected<Addresses, std::string> other_branches(const char* option,
                                                     const std::vector<std::string>& typed,
                                                     const BranchArguments& arguments,
                                                     const BranchConfig& config) {
  Addresses out;
  for (const std::string& text : typed) {
    const auto branch = parse_peer(text);
    if (!branch) {
      return Error(fmt::format("{}: {}", option, branch.error()));
    }
    if (!std::ranges::binary_search(config.bank.branches, branch->first)) {
      return Error(fmt::format("{} {}: {} has no branch {}", option, text, arguments.bank,
                               branch->first.value));
    }
    out[branch->first] = branch->second;
  }
  out.erase(config.self);
  for (const BranchId branch : config.bank.branches) {
    if (std::ranges::find(arguments.without, branch.value) != arguments.without.end()) {
      out.erase(branch);
    } else if (branch != config.self && !out.contains(branch)) {
      return Error(fmt::format("branch {} has no address: {} {}=HOST:PORT", branch.value, option,
                               branch.value));
    }
  }
  const auto allowed = check_addresses(std::views::values(out), arguments.insecure);
  return allowed ? std::expected<Addresses, std::string>(std::move(out)) : Error(allowed.error());
}

std::vector<CLI::Option*> add_recovery_options(CLI::App& app, RecoveryArguments& arguments) {
  return {add_value(app, "--operator ID=HOST:PORT", arguments.operators,
                    "another branch's --listen-operators; once for each"),
          add_value(app, "--keep DIGEST", arguments.keep,
                    "of several histories of its log, keep the one that ends in this digest"),
          app.add_flag("--release-rights", arguments.release_rights,
                       "no withdrawal was lost: use its old rights again"),
          add_value(app, "--timeout TIME", arguments.timeout, "for each answer of another branch")};
}

std::expected<RecoveryTerms, std::string> recovery_terms(const RecoveryArguments& arguments,
                                                         const BranchArguments& branch,
                                                         const BranchConfig& config) {
  const auto timeout = parse_timeout(arguments.timeout);
  if (!timeout) {
    return Error(timeout.error());
  }
  const auto keep = arguments.keep.empty() ? std::nullopt : parse_tag(arguments.keep);
  if (!arguments.keep.empty() && !keep) {
    return Error(
        fmt::format("--keep: \"{}\" is not a digest, which has 16 hexadecimal digits, as status "
                    "and the logs show them",
                    arguments.keep));
  }
  auto operators = other_branches("--operator", arguments.operators, branch, config);
  if (!operators) {
    return Error(operators.error());
  }
  return RecoveryTerms{.operators = std::move(*operators),
                       .keep = keep,
                       .release_rights = arguments.release_rights,
                       .patience = *timeout};
}

CLI::Option* add_branch_options(CLI::App& app, BranchArguments& arguments) {
  add_value(app, "--bank FILE", arguments.bank, "a scenario file with all branches")->required();
  add_value(app, "--id ID", arguments.id, "which of its branches this is")->required();
  add_value(app, "--listen HOST:PORT", arguments.listen,
            "serve customers there (default: the address in the bank file, else a loopback port "
            "that the kernel chooses)");
  add_value(app, "--listen-peers HOST:PORT", arguments.listen_peers,
            "serve other branches there; required if there are any");
  add_value(app, "--listen-operators HOST:PORT", arguments.listen_operators,
            "serve status and recover there (default: a loopback port that the kernel chooses)");
  add_value(app, "--peer ID=HOST:PORT", arguments.peers,
            "another branch's --listen-peers; once for each");
  auto* data = add_value(app, "--data-dir DIR", arguments.data_dir, "keep a durable journal there");
  add_value(app, "--disk-reserve SIZE", arguments.disk_reserve,
            "accept no writes when less space than this is free")
      ->needs(data);
  add_value(app, "--snapshot-every COUNT", arguments.snapshot_every,
            "how many journal records there are between two snapshots")
      ->check(at_least(1))
      ->needs(data);
  add_value(app, "--history FILE", arguments.files.history,
            "append everything that happens here, for check --history");
  add_value(app, "--trace FILE", arguments.files.trace, "append all messages, for passbook trace");
  app.add_flag("--lenient", arguments.lenient, "accept common mistakes of pasted scenario files");
  app.add_flag("--insecure", arguments.insecure, "allow addresses off this machine");
  return data;
}

std::expected<BranchSetup, std::string> set_up_branch(const BranchArguments& arguments) {
  const auto read = read_scenario_file(arguments.bank, arguments.lenient);
  if (!read) {
    return Error(read.error());
  }
  const Scenario& scenario = read->scenario;
  BranchSetup out{.config = {.bank = bank_of(scenario),
                             .self = BranchId{arguments.id},
                             .listen = {},
                             .options = {},
                             .data = {},
                             .record = {},
                             .version = fmt::format("{} (commit {})", kVersion, kCommit)},
                  .peers = {}};
  if (!std::ranges::binary_search(out.config.bank.branches, out.config.self)) {
    return Error(fmt::format("{} has no branch {}", arguments.bank, arguments.id));
  }
  out.config.record = recording_to(arguments.files, out.config.bank, out.config.self);
  for (const auto& taken : {take_listeners(arguments, scenario, out), take_peers(arguments, out),
                            take_data(arguments, out)}) {
    if (!taken) {
      return Error(taken.error());
    }
  }
  if (auto wrong = contradiction_in(out.config.options, out.config.bank.branches.size())) {
    return Error(*std::move(wrong));
  }
  return out;
}

}  // namespace passbook
