// SPDX-License-Identifier: Apache-2.0
// What a replica says to those who run the bank.
#include <fmt/format.h>

#include "branch/replica.h"

namespace passbook {
namespace {

const char* describe(Readiness::Obstacle obstacle) {
  switch (obstacle) {
    case Readiness::Obstacle::none:
      return "";
    case Readiness::Obstacle::disk_full:
      return "the disk is nearly full";
    case Readiness::Obstacle::recovering:
      return "it rebuilds what it lost";
    case Readiness::Obstacle::listening:
      return "it has just started and listens for what its peers have of it";
  }
  return "";
}

AccountStatus describe(AccountId id, const Account& account) {
  AccountStatus out{
      .account = id, .balance = account.balance(), .limit = account.limit(), .rights = {}};
  for (const OriginTotals& totals : account.totals()) {
    out.rights.push_back({totals.origin, totals.rights});
  }
  return out;
}

/// The positions in the logs of one branch's incarnations below `next`.
VersionVector of_branch(const VersionVector& positions, BranchId branch, Incarnation next) {
  VersionVector out;
  for (const EntryId& position : positions.positions()) {
    if (position.origin.branch == branch && position.origin.incarnation < next) {
      out.raise(position);
    }
  }
  return out;
}

}  // namespace

OperatorReply Replica::reply_to(const StatusRequest&) {
  const auto obstacle = readiness_.obstacle();
  Status out{.bank = bank_id_,
             .branch = state_.self(),
             .version = {},
             .uptime = now_ - readiness_.began(),
             .takes_writes = obstacle == Readiness::Obstacle::none,
             .why_not = describe(obstacle),
             .applied = state_.applied(),
             .peers = {},
             .accounts = {},
             .escrow = escrow_.counters(),
             .disk = readiness_.disk(),
             .records = state_.records()};
  for (const BranchId branch : topology_.branches()) {
    if (branch != topology_.self()) {
      const Origin peer{branch, replication_.incarnation(branch)};
      out.peers.push_back({.branch = branch,
                           .connected = links_.connected(branch),
                           .neighbour = topology_.is_neighbour(branch),
                           .incarnation = peer.incarnation,
                           .lag = replication_.lag(peer, state_.applied())});
    }
  }
  for (const auto& [id, account] : state_.ledger().accounts()) {
    out.accounts.push_back(describe(id, account));
  }
  return out;
}

/// The highest incarnation of a branch that was ever heard of here.
Incarnation Replica::highest_incarnation(BranchId branch) const {
  Incarnation highest = replication_.incarnation(branch);
  for (const EntryId& position : state_.applied().positions()) {
    if (position.origin.branch == branch) {
      highest = std::max(highest, position.origin.incarnation);
    }
  }
  const Seal* seal = state_.seals().find(branch);
  return seal != nullptr ? std::max(highest, seal->next) : highest;
}

OperatorReply Replica::reply_to(const SealRequest& request) {
  const Incarnation highest = highest_incarnation(request.branch);
  SealReply reply{.refused = {}, .highest = highest, .have = {}, .applied = state_.applied()};
  const Incarnation next = request.next.value_or(Incarnation{highest.value + 1});
  reply.have = of_branch(state_.applied(), request.branch, next);
  if (request.bank != bank_id_) {
    reply.refused = "this branch is of another bank";
  } else if (!topology_.contains(request.branch) || request.branch == topology_.self()) {
    reply.refused = fmt::format("branch {} can't be sealed here", request.branch.value);
  } else if (!state_.recovered()) {
    reply.refused = "this branch is being recovered itself";
  } else if (request.next && next < highest) {
    reply.refused = fmt::format("another recovery of branch {} has begun", request.branch.value);
  } else if (request.next) {
    const bool final = request.ends.has_value();
    seal({request.branch, next, final ? *request.ends : reply.have.positions(), final});
  }
  return reply;
}

}  // namespace passbook
