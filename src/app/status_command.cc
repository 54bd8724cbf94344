// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"
#include "rpc/operator_client.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Show the status of branches: logs, peers, rights, space",
    .text = R"(The addresses are those of --listen-operators. Exit status, the worst of all:
  0  it answers, accepts writes, and all its neighbours are connected
  3  degraded: it does not accept writes, or a neighbour is not connected
  1  it does not answer
  2  the command line is wrong)",
    .examples = R"(  passbook status --branch 127.0.0.1:50071
  passbook status --branch 127.0.0.1:50071 --branch 127.0.0.1:50072 -o jsonl
)"};

struct Typed {
  std::vector<std::string> branches;
  std::string format = "table";
  std::string timeout = "5s";
  bool insecure = false;
};

using Json = nlohmann::ordered_json;

/// An amount as in the results: a whole number if it is one.
Json amount(Money money) { return Json::parse(to_string(money)); }

Json json_of(const EscrowCounters& counters) {
  return {{"served_locally", counters.served_locally},
          {"served_by_asking", counters.served_by_asking},
          {"refused_with_proof", counters.refused_with_proof},
          {"undecided_unreached", counters.undecided_unreached},
          {"undecided_reachable", counters.undecided_reachable},
          {"rights_requests_sent", counters.rights_requests_sent},
          {"rebalance_requests_sent", counters.rebalance_requests_sent},
          {"grants_given", counters.grants_given},
          {"grants_received", counters.grants_received}};
}

Json json_of(Origin origin) {
  return {{"branch", origin.branch.value}, {"incarnation", origin.incarnation.value}};
}

/// The problems of a branch that answers, one line each.
std::vector<std::string> complaints(const Status& status) {
  std::vector<std::string> out;
  if (!status.takes_writes) {
    out.push_back("does not accept writes: " + status.why_not);
  }
  out.insert(out.end(), status.forks.begin(), status.forks.end());
  for (const PeerStatus& peer : status.peers) {
    if (peer.neighbour && !peer.connected) {
      const std::string& why = peer.unreachable.empty() ? peer.last_end : peer.unreachable;
      out.push_back(fmt::format("branch {} is not connected{}{}", peer.branch.value,
                                why.empty() ? "" : ": ", why));
    }
  }
  return out;
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Json json_of(const PeerStatus& peer) {
  Json out = json_of({peer.branch, peer.incarnation});
  out.update({{"address", peer.address},
              {"connected", peer.connected},
              {"since_seconds", seconds(peer.since)},
              {"neighbour", peer.neighbour},
              {"lag", peer.lag},
              {"last_end", peer.last_end},
              {"unreachable", peer.unreachable}});
  return out;
}

Json json_of(const Status& status) {
  const std::vector<std::string> wrong = complaints(status);
  Json out{{"state", wrong.empty() ? "ok" : "degraded"},
           {"complaints", wrong},
           {"branch", status.branch.branch.value},
           {"incarnation", status.branch.incarnation.value},
           {"bank", fmt::format("{:016x}", status.bank.value)},
           {"version", status.version},
           {"uptime_seconds", seconds(status.uptime)},
           {"takes_writes", status.takes_writes},
           {"why_not", status.why_not},
           {"records", status.records},
           {"applied", Json::array()},
           {"peers", Json::array()},
           {"accounts", Json::array()},
           {"escrow", json_of(status.escrow)},
           {"disk", nullptr}};
  for (const EntryId& position : status.applied.positions()) {
    Json made = json_of(position.origin);
    made["sequence"] = position.sequence.value;
    out["applied"].push_back(made);
  }
  for (const PeerStatus& peer : status.peers) {
    out["peers"].push_back(json_of(peer));
  }
  for (const AccountStatus& account : status.accounts) {
    Json made{{"account", account.account.value},
              {"balance", amount(account.balance)},
              {"limit", amount(account.limit)},
              {"rights", Json::array()}};
    for (const RightsStatus& rights : account.rights) {
      Json one = json_of(rights.origin);
      one["amount"] = amount(rights.rights);
      made["rights"].push_back(one);
    }
    out["accounts"].push_back(made);
  }
  if (status.disk) {
    out["disk"] = {{"free_bytes", status.disk->free}, {"reserve_bytes", status.disk->reserve}};
  }
  return out;
}

/// "2" for the first incarnation of a branch, "2 (incarnation 3)" for later ones.
std::string name_of(Origin origin) {
  return origin.incarnation == Incarnation{1}
             ? fmt::format("{}", origin.branch.value)
             : fmt::format("{} (incarnation {})", origin.branch.value, origin.incarnation.value);
}

void print_peer(const PeerStatus& peer) {
  put("  branch {}{}{}: {} for {:%H:%M:%S}{}, {} entries behind\n",
      name_of({peer.branch, peer.incarnation}), peer.address.empty() ? "" : " at ", peer.address,
      peer.connected ? "connected" : "not connected",
      std::chrono::duration_cast<std::chrono::seconds>(peer.since),
      peer.neighbour ? "" : ", not a neighbour", peer.lag);
  if (!peer.last_end.empty()) {
    put("    its last stream ended: {}\n", peer.last_end);
  }
  if (!peer.connected && !peer.unreachable.empty()) {
    put("    it can't be reached: {}\n", peer.unreachable);
  }
}

void print_table(const Status& status) {
  put("branch {} of bank {:016x}, passbook {}\n", name_of(status.branch), status.bank.value,
      status.version);
  put("up for {:%H:%M:%S}, {} records; {}\n",
      std::chrono::duration_cast<std::chrono::seconds>(status.uptime), status.records,
      status.takes_writes ? "accepts writes" : "does not accept writes: " + status.why_not);
  if (status.disk) {
    put("disk: {} free, {} of them reserved\n", describe_bytes(status.disk->free),
        describe_bytes(status.disk->reserve));
  }
  put("\napplied:\n");
  for (const EntryId& position : status.applied.positions()) {
    put("  {} of branch {}\n", position.sequence.value, name_of(position.origin));
  }
  put("peers:\n");
  for (const PeerStatus& peer : status.peers) {
    print_peer(peer);
  }
  for (const AccountStatus& account : status.accounts) {
    put("account {}: balance {}, may go down to {}; rights:\n", account.account.value,
        to_string(account.balance), to_string(Money{} - account.limit));
    for (const RightsStatus& rights : account.rights) {
      put("  {} at branch {}\n", to_string(rights.rights), name_of(rights.origin));
    }
  }
  const EscrowCounters& escrow = status.escrow;
  put("withdrawals: {} served locally, {} by asking, {} refused with proof\n",
      escrow.served_locally, escrow.served_by_asking, escrow.refused_with_proof);
  put("undecided: {} for branches not reached, {} with all of them reached\n",
      escrow.undecided_unreached, escrow.undecided_reachable);
  put("rights: {} requests and {} to rebalance sent, {} grants given, {} received\n",
      escrow.rights_requests_sent, escrow.rebalance_requests_sent, escrow.grants_given,
      escrow.grants_received);
  for (const std::string& wrong : complaints(status)) {
    put("degraded: {}\n", wrong);
  }
}

using Answered = std::expected<Status, std::string>;

/// A branch's status for scripts, whether it answers or not.
Json json_of(const std::string& address, const Answered& status) {
  Json out{{"address", address}};
  if (status) {
    out.update(json_of(*status));
  } else {
    out.update({{"state", "unreachable"}, {"complaints", {status.error()}}});
  }
  return out;
}

int exit_status(const Answered& status) {
  if (!status) {
    return kFailed;
  }
  return complaints(*status).empty() ? kDone : kDegraded;
}

/// The worse of two exit statuses: unreachable is worse than degraded.
int worse(int one, int other) {
  return one == kFailed || other == kFailed ? kFailed : std::max(one, other);
}

/// Asks one branch after another and prints each answer at once. With `json`, prints all together
/// at the end: a list, or one object for a single branch.
int ask_all(const Typed& typed, Format format, Duration timeout) {
  int worst = kDone;
  Json all = Json::array();
  for (const std::string& address : typed.branches) {
    const Answered status = OperatorClient(address).status(timeout);
    worst = worse(worst, exit_status(status));
    if (!status) {
      complain(fmt::format("{}: {}", address, status.error()), kFailed);
    }
    if (format == Format::json) {
      all.push_back(json_of(address, status));
    } else if (format == Format::jsonl) {
      put("{}\n", json_of(address, status).dump());
    } else if (status) {
      put("{}", address == typed.branches.front() ? "" : "\n");
      print_table(*status);
    }
  }
  if (format == Format::json) {
    put("{}\n", (all.size() == 1 ? all.front() : all).dump(2));
  }
  return worst;
}

int run(const Typed& typed) {
  const auto format = parse_format(typed.format);
  const auto timeout = parse_timeout(typed.timeout);
  if (!format || !timeout) {
    return complain(!format ? format.error() : timeout.error(), kBadUsage);
  }
  for (const std::string& address : typed.branches) {
    if (const auto allowed = check_address(address, typed.insecure); !allowed) {
      return complain(allowed.error(), kBadUsage);
    }
  }
  return ask_all(typed, *format, *timeout);
}

}  // namespace

Command add_status(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "status", kHelp);
  add_value(sub, "--branch HOST:PORT", typed->branches,
            "where a branch serves operators; may be repeated")
      ->required();
  add_value(sub, "-o FORMAT", typed->format, "table, json or jsonl");
  add_value(sub, "--timeout TIME", typed->timeout, "for each branch's answer");
  sub.add_flag("--insecure", typed->insecure, "allow addresses off this machine");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
