// SPDX-License-Identifier: Apache-2.0
#include "app/branch/branch_setup.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/arguments.h"
#include "version.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// Where everybody is: the file's addresses, overruled by what was typed.
std::expected<Addresses, std::string> gather_addresses(const BranchWords& words,
                                                       const Scenario& scenario) {
  Addresses out;
  for (const ScenarioBranch& branch : scenario.branches) {
    if (branch.address) {
      out[branch.id] = *branch.address;
    }
  }
  for (const std::string& text : words.peers) {
    const auto peer = parse_peer(text);
    if (!peer) {
      return Error(peer.error());
    }
    const bool known = std::ranges::any_of(
        scenario.branches, [&](const ScenarioBranch& branch) { return branch.id == peer->first; });
    if (!known) {
      return Error(
          fmt::format("--peer {}: {} has no branch {}", text, words.bank, peer->first.value));
    }
    out[peer->first] = peer->second;
  }
  return out;
}

std::expected<void, std::string> complete(const BranchWords& words, BranchSetup& out) {
  const BranchId self = out.config.self;
  const auto own = out.peers.find(self);
  out.config.listen = own == out.peers.end() ? "127.0.0.1:0" : own->second;
  if (!words.listen.empty()) {
    out.config.listen = words.listen;
  }
  out.peers.erase(self);
  for (const BranchId branch : out.config.bank.branches) {
    const bool gone = std::ranges::find(words.without, branch.value) != words.without.end();
    if (gone) {
      out.peers.erase(branch);
    } else if (branch != self && !out.peers.contains(branch)) {
      return Error(
          fmt::format("branch {} has no address: --peer {}=HOST:PORT", branch.value, branch.value));
    }
  }
  std::vector<std::string> all{out.config.listen};
  for (const auto& [branch, address] : out.peers) {
    all.push_back(address);
  }
  for (const std::string& address : all) {
    if (auto allowed = check_address(address, words.insecure); !allowed) {
      return allowed;
    }
  }
  return {};
}

std::expected<void, std::string> take_data(const BranchWords& words, BranchSetup& out) {
  const auto reserve = parse_bytes(words.disk_reserve);
  if (!reserve) {
    return Error(reserve.error());
  }
  if (!words.data_dir.empty()) {
    make_durable(out.config, {.path = words.data_dir, .create = false, .reserve = *reserve});
    out.config.options.snapshot_every = words.snapshot_every;
  }
  return {};
}

}  // namespace

CLI::Option* add_branch_options(CLI::App& app, BranchWords& words) {
  app.add_option("--bank", words.bank, "a scenario file")->required();
  app.add_option("--id", words.id, "which of its branches this is")->required();
  app.add_option("--listen", words.listen, "HOST:PORT; port 0 lets the kernel choose");
  app.add_option("--peer", words.peers, "ID=HOST:PORT, once for each other branch");
  auto* data = app.add_option("--data-dir", words.data_dir, "where its journal is kept");
  app.add_option("--disk-reserve", words.disk_reserve,
                 "below so much free space it takes no writes")
      ->needs(data);
  app.add_option("--snapshot-every", words.snapshot_every, "records between two snapshots")
      ->check(CLI::PositiveNumber)
      ->needs(data);
  app.add_option("--history", words.files.history, "all that happens here is added to this file");
  app.add_option("--trace", words.files.trace,
                 "all messages are added to this file, for passbook trace");
  app.add_flag("--lenient", words.lenient, "accept what pasted scenario files get wrong");
  app.add_flag("--insecure", words.insecure, "allow addresses off this machine");
  return data;
}

std::expected<BranchSetup, std::string> set_up_branch(const BranchWords& words) {
  const auto read = read_scenario_file(words.bank, words.lenient);
  if (!read) {
    return Error(read.error());
  }
  const Scenario& scenario = read->scenario;
  auto addresses = gather_addresses(words, scenario);
  if (!addresses) {
    return Error(addresses.error());
  }
  BranchSetup out{.config = {.bank = bank_of(scenario),
                             .self = BranchId{words.id},
                             .listen = {},
                             .options = {},
                             .data = {},
                             .record = {},
                             .version = fmt::format("{} (commit {})", kVersion, kCommit)},
                  .peers = std::move(*addresses)};
  if (!std::ranges::binary_search(out.config.bank.branches, out.config.self)) {
    return Error(fmt::format("{} has no branch {}", words.bank, words.id));
  }
  out.config.record = recording_to(words.files, out.config.bank, out.config.self);
  for (const auto& taken : {complete(words, out), take_data(words, out)}) {
    if (!taken) {
      return Error(taken.error());
    }
  }
  return out;
}

}  // namespace passbook
