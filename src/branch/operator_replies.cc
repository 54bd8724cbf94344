// SPDX-License-Identifier: Apache-2.0
#include "branch/operator_replies.h"

#include <fmt/format.h>

#include <algorithm>

namespace passbook {
namespace {

std::string describe(const Readiness& readiness) {
  switch (readiness.obstacle()) {
    case Readiness::Obstacle::none:
      return "";
    case Readiness::Obstacle::disk_full:
      return "the disk is nearly full";
    case Readiness::Obstacle::recovering:
      return "it is rebuilding its lost data";
    case Readiness::Obstacle::listening: {
      std::string branches;
      for (const BranchId branch : readiness.awaited()) {
        branches += fmt::format("{}{}", branches.empty() ? "" : ", ", branch.value);
      }
      return fmt::format("it has just started and is waiting to hear from branch {}", branches);
    }
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

/// The applied ends of the logs of a branch's incarnations below `next`.
std::vector<TaggedPosition> ends_of(const Logs& logs, BranchId branch, Incarnation next) {
  std::vector<TaggedPosition> out;
  std::ranges::copy_if(
      logs.heads().positions(), std::back_inserter(out), [&](const TaggedPosition& head) {
        return head.end.origin.branch == branch && head.end.origin.incarnation < next;
      });
  return out;
}

/// The promise about the incarnations below `next`: their logs get no further than they are here,
/// or than an earlier recovery agreed.
Seal promise_of(const SealRequest& request, Incarnation next, const SealReply& here) {
  Seal out{.branch = request.branch,
           .next = next,
           .ends = {},
           .final = false,
           .recovery = request.recovery,
           .settled = here.known ? settled_below(*here.known) : Incarnation{}};
  if (here.known) {
    out.ends = settled_ends(*here.known);
  }
  std::ranges::copy_if(
      here.have, std::back_inserter(out.ends.kept),
      [&](const TaggedPosition& place) { return place.end.origin.incarnation >= out.settled; });
  return out;
}

/// The positions among `places` where the local logs have another history.
std::vector<TaggedPosition> other_than(const Logs& logs,
                                       const std::vector<TaggedPosition>& places) {
  std::vector<TaggedPosition> out;
  std::ranges::copy_if(places, std::back_inserter(out), [&](const TaggedPosition& place) {
    return logs.compare(place) == Logs::Match::other;
  });
  return out;
}

/// The highest incarnation of a branch ever heard of here.
Incarnation highest_incarnation(const Inspected& self, BranchId branch) {
  Incarnation highest = self.replication.incarnation(branch);
  for (const EntryId& position : self.state.applied().positions()) {
    if (position.origin.branch == branch) {
      highest = std::max(highest, position.origin.incarnation);
    }
  }
  const Seal* seal = self.state.seals().find(branch);
  return seal != nullptr ? std::max(highest, seal->next) : highest;
}

PeerStatus status_of_peer(const Inspected& self, BranchId branch, Instant now) {
  const Origin peer{branch, self.replication.incarnation(branch)};
  const Links::Contact contact = self.links.contact(branch);
  return {.branch = branch,
          .connected = self.links.connected(branch),
          .neighbour = self.topology.is_neighbour(branch),
          .incarnation = peer.incarnation,
          .lag = self.replication.lag(peer, self.state.applied()),
          .address = {},
          .since = now - contact.since.value_or(self.readiness.began()),
          .last_end = contact.last_end,
          .unreachable = contact.unreachable};
}

/// The nonce of a branch's connected process, or 0 if none is connected.
std::uint64_t connected_process(const Links& links, BranchId branch) {
  const auto process = links.process(branch);
  return process ? process->nonce : 0;
}

/// Why this branch refuses to seal the branch, or nothing.
std::optional<std::string> objection(const SealRequest& request, const Inspected& self,
                                     Incarnation highest) {
  if (request.bank != self.bank) {
    return "this branch belongs to another bank";
  }
  if (!self.topology.contains(request.branch) || request.branch == self.topology.self()) {
    return fmt::format("branch {} can't be sealed here", request.branch.value);
  }
  if (request.next && *request.next < highest) {
    return fmt::format("another recovery of branch {} has begun", request.branch.value);
  }
  const Seal* seal = self.state.seals().find(request.branch);
  if (seal != nullptr && request.next == seal->next && request.recovery != seal->recovery) {
    return fmt::format("incarnation {} of branch {} is promised to another recovery",
                       seal->next.value, request.branch.value);
  }
  return std::nullopt;
}

}  // namespace

Status status_of(const Inspected& branch, Instant now) {
  const auto obstacle = branch.readiness.obstacle();
  Status out{.bank = branch.bank,
             .branch = branch.state.self(),
             .version = {},
             .uptime = now - branch.readiness.began(),
             .takes_writes = obstacle == Readiness::Obstacle::none,
             .why_not = describe(branch.readiness),
             .forks = {},
             .applied = branch.state.applied(),
             .peers = {},
             .accounts = {},
             .escrow = branch.escrow.counters(),
             .disk = branch.readiness.disk(),
             .records = branch.state.records()};
  for (const BranchId peer : branch.topology.branches()) {
    if (peer != branch.topology.self()) {
      out.peers.push_back(status_of_peer(branch, peer, now));
    }
  }
  for (const auto& [origin, fork] : branch.state.forks().all()) {
    out.forks.push_back(describe(fork));
  }
  for (const auto& [id, account] : branch.state.ledger().accounts()) {
    out.accounts.push_back(describe(id, account));
  }
  return out;
}

SealAnswer answer_to(const SealRequest& request, const Inspected& branch) {
  const Incarnation highest = highest_incarnation(branch, request.branch);
  const Incarnation next = request.next.value_or(Incarnation{highest.value + 1});
  SealAnswer out{.reply = {.refused = {},
                           .highest = highest,
                           .have = ends_of(branch.state.logs(), request.branch, next),
                           .other = other_than(branch.state.logs(), request.compare),
                           .applied = branch.state.applied(),
                           .process = connected_process(branch.links, request.branch)},
                 .seal = {}};
  if (const Seal* known = branch.state.seals().find(request.branch)) {
    out.reply.known = *known;
  }
  if (const auto wrong = objection(request, branch, highest)) {
    out.reply.refused = *wrong;
  } else if (request.next) {
    out.seal = request.ends ? Seal{request.branch, next, *request.ends, true, request.recovery, {}}
                            : promise_of(request, next, out.reply);
  }
  return out;
}

}  // namespace passbook
