// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/arguments.h"
#include "app/commands.h"
#include "rpc/operator_client.h"

namespace passbook {
namespace {

constexpr const char* kHelp = R"(How a branch is.

Examples:
  passbook status --branch 127.0.0.1:50051
  passbook status --branch 127.0.0.1:50051 -o json
)";

struct Typed {
  std::string branch;
  std::string format = "table";
  std::string timeout = "5s";
  bool insecure = false;
};

using Json = nlohmann::ordered_json;

/// The amount as the results show it: a whole number where it is one.
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

Json json_of(const Status& status) {
  Json out{{"branch", status.branch.branch.value},
           {"incarnation", status.branch.incarnation.value},
           {"bank", fmt::format("{:016x}", status.bank.value)},
           {"version", status.version},
           {"uptime_seconds", std::chrono::duration<double>(status.uptime).count()},
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
    Json made = json_of({peer.branch, peer.incarnation});
    made.update({{"connected", peer.connected}, {"neighbour", peer.neighbour}, {"lag", peer.lag}});
    out["peers"].push_back(made);
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

void print_table(const Status& status) {
  fmt::print("branch {} of bank {:016x}, passbook {}\n", name_of(status.branch), status.bank.value,
             status.version);
  fmt::print("up for {:%H:%M:%S}, {} records; {}\n",
             std::chrono::duration_cast<std::chrono::seconds>(status.uptime), status.records,
             status.takes_writes ? "takes writes" : "takes no writes: " + status.why_not);
  if (status.disk) {
    fmt::print("disk: {} free, {} of them reserved\n", describe_bytes(status.disk->free),
               describe_bytes(status.disk->reserve));
  }
  fmt::print("\napplied:\n");
  for (const EntryId& position : status.applied.positions()) {
    fmt::print("  {} of branch {}\n", position.sequence.value, name_of(position.origin));
  }
  fmt::print("peers:\n");
  for (const PeerStatus& peer : status.peers) {
    fmt::print("  branch {}: {}{}, {} entries behind\n", name_of({peer.branch, peer.incarnation}),
               peer.connected ? "connected" : "not connected",
               peer.neighbour ? "" : ", no neighbour", peer.lag);
  }
  for (const AccountStatus& account : status.accounts) {
    fmt::print("account {}: balance {}, may fall to {}; rights:\n", account.account.value,
               to_string(account.balance), to_string(Money{} - account.limit));
    for (const RightsStatus& rights : account.rights) {
      fmt::print("  {} at branch {}\n", to_string(rights.rights), name_of(rights.origin));
    }
  }
  const EscrowCounters& escrow = status.escrow;
  fmt::print("withdrawals: {} served locally, {} by asking, {} refused with proof\n",
             escrow.served_locally, escrow.served_by_asking, escrow.refused_with_proof);
  fmt::print("undecided: {} for branches not reached, {} with all of them reached\n",
             escrow.undecided_unreached, escrow.undecided_reachable);
  fmt::print("rights: {} requests and {} to rebalance sent, {} grants given, {} received\n",
             escrow.rights_requests_sent, escrow.rebalance_requests_sent, escrow.grants_given,
             escrow.grants_received);
}

int run(const Typed& typed) {
  const auto format = parse_format(typed.format);
  const auto timeout = parse_duration(typed.timeout);
  if (!format || !timeout) {
    return complain(!format ? format.error() : timeout.error(), kBadUsage);
  }
  if (const auto allowed = check_address(typed.branch, typed.insecure); !allowed) {
    return complain(allowed.error(), kBadUsage);
  }
  const auto status = OperatorClient(typed.branch).status(*timeout);
  if (!status) {
    return complain(fmt::format("{}: {}", typed.branch, status.error()), kFailed);
  }
  if (*format == Format::table) {
    print_table(*status);
  } else {
    fmt::print("{}\n", json_of(*status).dump(*format == Format::json ? 2 : -1));
  }
  return kDone;
}

}  // namespace

Command add_status(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("status", kHelp);
  sub.add_option("--branch", typed->branch, "HOST:PORT")->required();
  sub.add_option("-o", typed->format, "table, json or jsonl");
  sub.add_option("--timeout", typed->timeout, "for the answer");
  sub.add_flag("--insecure", typed->insecure, "allow addresses off this machine");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
