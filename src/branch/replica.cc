// SPDX-License-Identifier: Apache-2.0
#include "branch/replica.h"

#include <fmt/format.h>

#include "base/check.h"

namespace passbook {

Replica::Replica(const Bank& bank, Origin self, const BranchOptions& options,
                 std::span<const Entry> persisted)
    : bank_(bank),
      bank_id_(identity(bank)),
      options_(options),
      topology_(bank.branches, self.branch),
      state_(bank, self),
      links_(topology_, options_),
      replication_(topology_, options_),
      escrow_(topology_, options_),
      requests_(topology_, options_, bank_id_, state_, links_, replication_, escrow_) {
  state_.restore(persisted);
}

Effects Replica::step(std::span<const Event> events, Instant now) {
  PASSBOOK_CHECK(now >= now_, "time does not go back");
  now_ = now;
  for (const Event& event : events) {
    std::visit([&](const auto& e) { handle(e); }, event);
  }
  for (const BranchId peer : links_.tick(now, out_)) {
    disconnected(peer);
  }
  settle();
  if (requests_.expire(now, out_)) {
    settle();  // what was given up may have left rights to others
  }
  escrow_.flush(links_, now, out_);
  replication_.flush(state_, links_, now, out_);
  out_.wake = std::min({requests_.wake(), links_.wake(), escrow_.wake(), replication_.wake()});
  return std::exchange(out_, {});
}

/// Applies what has arrived and can be applied. True when anything was.
bool Replica::deliver() {
  bool any = false;
  while (auto ready = inbox_.next(state_.applied())) {
    const Entry& entry = state_.apply(std::move(*ready));
    const AccountId account = account_of(entry.change);
    out_.persist.push_back(entry);
    escrow_.touch(account);
    if (options_.observe) {
      out_.observations.emplace_back(Applied{entry, state_.ledger().find(account)->balance()});
    }
    any = true;
  }
  return any;
}

/// Goes on until nothing follows from anything any more.
void Replica::settle() {
  bool moved = true;
  while (moved) {
    moved = deliver();
    moved = requests_.advance(out_) || moved;
    std::vector<Priority> funded;
    for (const EntryId& grant : escrow_.settle(state_, links_, now_, funded)) {
      const Entry& entry = state_.entry(grant);
      out_.persist.push_back(entry);
      if (options_.observe) {
        const Account& account = *state_.ledger().find(account_of(entry.change));
        out_.observations.emplace_back(Accepted{entry, account.balance(), topology_.branches()});
      }
      moved = true;
    }
    moved = requests_.accept_funded(funded, out_) || moved;
    escrow_.prove(state_);
    moved = requests_.refuse_short(escrow_.proven_short(), out_) || moved;
  }
  requests_.acknowledge(out_);
}

void Replica::handle(const Called& event) { requests_.arrive(event, now_, out_); }

void Replica::handle(const LinkUp& event) {
  links_.up(event.link, event.dialed, now_);
  links_.send(event.link, Hello{bank_id_, state_.self(), state_.applied()}, now_, out_);
}

void Replica::handle(const LinkDown& event) {
  if (const auto lost = links_.down(event.link, now_)) {
    disconnected(*lost);
  }
}

void Replica::handle(const DialFailed& event) { links_.dial_failed(event.peer, now_); }

void Replica::handle(const Received& event) {
  links_.heard(event.link, now_);
  if (const auto* hello = std::get_if<Hello>(&event.message)) {
    greeted(event.link, *hello);
  } else if (const auto peer = links_.peer(event.link)) {
    std::visit([&](const auto& message) { hear(peer->branch, message); }, event.message);
  }
}

void Replica::greeted(LinkId link, const Hello& hello) {
  const Origin peer = hello.from;
  if (hello.bank != bank_id_) {
    refuse_peer(link, fmt::format("branch {} is of another bank", peer.branch.value));
    return;
  }
  if (!topology_.contains(peer.branch) || peer.branch == topology_.self()) {
    refuse_peer(link, fmt::format("a peer calls itself branch {}", peer.branch.value));
    return;
  }
  if (hello.have.at(state_.self()) > state_.own_length()) {
    out_.stop = fmt::format(
        "branch {} has {} entries of this branch, which has only {}: this branch's data is old or "
        "gone, and going on would give the same numbers to other entries",
        peer.branch.value, hello.have.at(state_.self()).value, state_.own_length().value);
    return;
  }
  const bool was_connected = links_.connected(peer.branch);
  if (!links_.establish(link, peer, now_, out_)) {
    return;
  }
  if (was_connected) {
    disconnected(peer.branch);
  }
  replication_.connected(peer.branch, hello.have, now_);
}

void Replica::refuse_peer(LinkId link, std::string why) {
  out_.observations.emplace_back(PeerRefused{std::move(why)});
  if (const auto lost = links_.close(link, now_, out_)) {
    disconnected(*lost);
  }
}

void Replica::disconnected(BranchId peer) {
  replication_.disconnected(peer);
  escrow_.disconnected(peer);
}

void Replica::hear(BranchId from, const Entries& entries) {
  for (const Entry& entry : entries.entries) {
    const bool own = entry.id.origin.branch == topology_.self();
    if (own || inbox_.offer(entry, state_.applied()) == Inbox::Took::gap) {
      refuse_peer(links_.established().at(from),
                  fmt::format("branch {} sent {}", from.value,
                              own ? "this branch's own entries" : "entries out of order"));
      return;
    }
  }
}

void Replica::hear(BranchId from, const Progress& progress) {
  for (const auto& [branch, after, upto] : replication_.learn(from, progress, state_.self())) {
    for (auto at = after.value + 1; options_.observe && at <= upto.value; ++at) {
      const Entry& entry = state_.entry({state_.self(), Sequence{at}});
      out_.observations.emplace_back(Confirmed{entry.id, entry.request, branch});
    }
  }
}

void Replica::hear(BranchId from, const Ask& ask) {
  state_.observe(ask.priority.stamp);
  if (ask.priority.branch == from && ask.missing > Money{}) {
    escrow_.asked(ask, now_);
  }
}

void Replica::hear(BranchId from, const AskEnd& end) {
  if (end.priority.branch == from) {
    escrow_.ask_ended(end);
  }
}

void Replica::hear(BranchId from, const TotalsRequest& request) {
  const Account* account = state_.ledger().find(request.account);
  const Money incoming = account ? account->incoming(topology_.self()) : Money{};
  links_.send(from, TotalsReply{request.account, request.priority, request.round, incoming}, now_,
              out_);
}

void Replica::hear(BranchId from, const TotalsReply& reply) {
  escrow_.totals_answered(from, reply);
}

void Replica::hear(BranchId, const Heartbeat&) {}

void Replica::hear(BranchId, const Hello&) {}

}  // namespace passbook
