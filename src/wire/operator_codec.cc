// SPDX-License-Identifier: Apache-2.0
#include "wire/operator_codec.h"

#include "wire/parts.h"

namespace passbook::wire {
namespace {

using wire::get;
using wire::put;

void put(const PeerStatus& peer, v1::PeerStatus& out) {
  put(Origin{peer.branch, peer.incarnation}, *out.mutable_branch());
  out.set_connected(peer.connected);
  out.set_neighbour(peer.neighbour);
  out.set_lag(peer.lag);
  out.set_address(peer.address);
  out.set_since_nanoseconds(static_cast<std::uint64_t>(peer.since.count()));
  out.set_last_end(peer.last_end);
  out.set_unreachable(peer.unreachable);
}

std::optional<PeerStatus> get(const v1::PeerStatus& in) {
  const auto branch = get(in.branch());
  if (!branch) {
    return std::nullopt;
  }
  return PeerStatus{.branch = branch->branch,
                    .connected = in.connected(),
                    .neighbour = in.neighbour(),
                    .incarnation = branch->incarnation,
                    .lag = in.lag(),
                    .address = in.address(),
                    .since = Duration(static_cast<std::int64_t>(in.since_nanoseconds())),
                    .last_end = in.last_end(),
                    .unreachable = in.unreachable()};
}

void put(const AccountStatus& account, v1::AccountStatus& out) {
  out.set_account(account.account.value);
  out.set_balance(account.balance.minor);
  out.set_limit(account.limit.minor);
  for (const RightsStatus& rights : account.rights) {
    v1::Rights& made = *out.add_rights();
    put(rights.origin, *made.mutable_origin());
    made.set_amount(rights.rights.minor);
  }
}

std::optional<AccountStatus> get(const v1::AccountStatus& in) {
  AccountStatus out{.account = AccountId{in.account()},
                    .balance = Money{in.balance()},
                    .limit = Money{in.limit()},
                    .rights = {}};
  for (const v1::Rights& rights : in.rights()) {
    const auto origin = get(rights.origin());
    if (!origin) {
      return std::nullopt;
    }
    out.rights.push_back({*origin, Money{rights.amount()}});
  }
  return out;
}

void put(const EscrowCounters& counters, v1::EscrowCounters& out) {
  out.set_served_locally(counters.served_locally);
  out.set_served_by_asking(counters.served_by_asking);
  out.set_refused_with_proof(counters.refused_with_proof);
  out.set_undecided_unreached(counters.undecided_unreached);
  out.set_undecided_reachable(counters.undecided_reachable);
  out.set_rights_requests_sent(counters.rights_requests_sent);
  out.set_rebalance_requests_sent(counters.rebalance_requests_sent);
  out.set_grants_given(counters.grants_given);
  out.set_grants_received(counters.grants_received);
}

EscrowCounters get(const v1::EscrowCounters& in) {
  return {.served_locally = in.served_locally(),
          .served_by_asking = in.served_by_asking(),
          .refused_with_proof = in.refused_with_proof(),
          .undecided_unreached = in.undecided_unreached(),
          .undecided_reachable = in.undecided_reachable(),
          .rights_requests_sent = in.rights_requests_sent(),
          .rebalance_requests_sent = in.rebalance_requests_sent(),
          .grants_given = in.grants_given(),
          .grants_received = in.grants_received()};
}

constexpr auto kGet = [](const auto& message) { return get(message); };

}  // namespace

v1::SealRequest encode(const SealRequest& request) {
  v1::SealRequest out;
  out.set_bank(request.bank.value);
  out.set_branch(request.branch.value);
  out.set_next(request.next.value_or(Incarnation{}).value);
  out.set_recovery(request.recovery);
  for (const TaggedPosition& position : request.compare) {
    put(position, *out.add_compare());
  }
  if (request.ends) {
    put(*request.ends, *out.mutable_ends());
  }
  return out;
}

std::optional<SealRequest> decode(const v1::SealRequest& message) {
  SealRequest out{.bank = BankId{message.bank()},
                  .branch = BranchId{message.branch()},
                  .next = {},
                  .compare = {},
                  .ends = {},
                  .recovery = message.recovery()};
  if (message.next() != 0) {
    out.next = Incarnation{message.next()};
  }
  if (message.has_ends()) {
    out.ends = get(message.ends());
    if (!out.next || !out.ends || !speaks_of(*out.ends, out.branch)) {
      return std::nullopt;
    }
  }
  return get_all(message.compare(), out.compare, kGet) ? std::optional(std::move(out))
                                                       : std::nullopt;
}

v1::StatusResponse encode(const Status& status) {
  v1::StatusResponse out;
  out.set_bank(status.bank.value);
  put(status.branch, *out.mutable_branch());
  out.set_version(status.version);
  out.set_uptime_nanoseconds(static_cast<std::uint64_t>(status.uptime.count()));
  out.set_takes_writes(status.takes_writes);
  out.set_why_not(status.why_not);
  for (const std::string& fork : status.forks) {
    out.add_forks(fork);
  }
  put(status.applied, *out.mutable_applied());
  for (const PeerStatus& peer : status.peers) {
    put(peer, *out.add_peers());
  }
  for (const AccountStatus& account : status.accounts) {
    put(account, *out.add_accounts());
  }
  put(status.escrow, *out.mutable_escrow());
  if (status.disk) {
    out.mutable_disk()->set_free_bytes(status.disk->free);
    out.mutable_disk()->set_reserve_bytes(status.disk->reserve);
  }
  out.set_records(status.records);
  return out;
}

std::optional<Status> decode(const v1::StatusResponse& message) {
  const auto branch = get(message.branch());
  const auto applied = get(message.applied());
  Status out{.bank = BankId{message.bank()},
             .branch = branch.value_or(Origin{}),
             .version = message.version(),
             .uptime = Duration(static_cast<std::int64_t>(message.uptime_nanoseconds())),
             .takes_writes = message.takes_writes(),
             .why_not = message.why_not(),
             .forks = {message.forks().begin(), message.forks().end()},
             .applied = applied.value_or(VersionVector{}),
             .peers = {},
             .accounts = {},
             .escrow = get(message.escrow()),
             .disk = {},
             .records = message.records()};
  if (!branch || !applied || !get_all(message.peers(), out.peers, kGet) ||
      !get_all(message.accounts(), out.accounts, kGet)) {
    return std::nullopt;
  }
  if (message.has_disk()) {
    out.disk = DiskSpace{message.disk().free_bytes(), message.disk().reserve_bytes()};
  }
  return out;
}

v1::SealResponse encode(const SealReply& reply) {
  v1::SealResponse out;
  out.set_refused(reply.refused);
  out.set_highest_incarnation(reply.highest.value);
  for (const TaggedPosition& position : reply.have) {
    put(position, *out.add_have());
  }
  for (const TaggedPosition& position : reply.other) {
    put(position, *out.add_other());
  }
  put(reply.applied, *out.mutable_applied());
  out.set_process(reply.process);
  if (reply.known) {
    put(*reply.known, *out.mutable_known());
  }
  return out;
}

std::optional<SealReply> decode(const v1::SealResponse& message) {
  auto have = get_ascending(message.have());
  auto applied = get(message.applied());
  std::vector<TaggedPosition> other;
  auto known = message.has_known() ? get(message.known()) : std::nullopt;
  if (!have || !applied || !get_all(message.other(), other, kGet) ||
      known.has_value() != message.has_known()) {
    return std::nullopt;
  }
  return SealReply{.refused = message.refused(),
                   .highest = Incarnation{message.highest_incarnation()},
                   .have = std::move(*have),
                   .other = std::move(other),
                   .applied = std::move(*applied),
                   .process = message.process(),
                   .known = std::move(known)};
}

}  // namespace passbook::wire
