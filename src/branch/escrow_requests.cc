// SPDX-License-Identifier: Apache-2.0
// Decides which branches to ask for rights and for totals, and when.
#include <algorithm>

#include "branch/escrow.h"

namespace passbook {

/// Schedules the next look at a local claim for this moment, instead of the previous one.
void Escrow::look_again(Priority priority, Own& own, Instant at) {
  due_.erase({own.look_again, priority});
  own.look_again = at;
  if (at != kNever) {
    due_.emplace(at, priority);
  }
}

/// Widens a claim to all branches if the neighbours did not meet it in time, or if it needs answers
/// from all.
void Escrow::widen(Own& own, Links& links, Instant now) const {
  own.everyone = own.everyone || own.proof.running();
  if (own.everyone) {
    std::ranges::for_each(others_, [&](BranchId branch) { links.want(branch, now); });
  }
}

/// At first asks only branches that have enough, as far as known. If that is not enough, or others
/// claim the money too, or it takes too long, asks all branches, each for the whole missing amount.
std::vector<Holding> Escrow::whom_to_ask(Own& own, const State& state, const Links& links,
                                         Instant now) const {
  const Account& account = *state.ledger().find(own.account);
  std::vector<Holding> peers = holdings(account, links);
  if (own.chosen_few && own.told.empty() && claims_.at(own.account).size() == 1) {
    const Money total = account.balance() + account.limit();
    auto few =
        plan_rights_requests(own.missing, peers, demand(own.account), total, others_.size() + 1);
    if (!few.empty()) {
      return few;
    }
  }
  const bool waits = own.chosen_few && now < *own.since + patience_.for_rights() &&
                     claims_.at(own.account).size() == 1 && !own.told.empty();
  if (waits) {
    return {};
  }
  own.told = std::exchange(own.chosen_few, false) ? std::map<BranchId, Money>{} : own.told;
  std::erase_if(peers, [&](const Holding& peer) {
    return !own.everyone && !topology_.is_neighbour(peer.branch);
  });
  for (Holding& peer : peers) {
    peer.rights = own.missing;
  }
  return peers;
}

void Escrow::request_rights(Priority priority, Own& own, const State& state, Links& links,
                            Instant now, Effects& out) {
  if (own.missing > own.least) {
    own.told.clear();  // rights went to an older claim, so more is missing than peers were told
  }
  own.least = own.told.empty() ? own.missing : std::min(own.least, own.missing);
  if (own.missing == Money{} || now >= own.deadline) {
    return;
  }
  std::vector<BranchId> newly;
  for (const auto& [peer, amount] : whom_to_ask(own, state, links, now)) {
    if (own.told.emplace(peer, amount).second) {
      const Sequence applied = state.applied().at(links.origin(peer));
      links.send(peer, RightsRequest{own.account, priority, amount, own.deadline - now, applied},
                 now, out);
      own.asked.insert(peer);
      newly.push_back(peer);
    }
  }
  own.ever_asked = own.ever_asked || !newly.empty();
  counters_.rights_requests_sent += newly.size();
  if (options_.observe && !newly.empty()) {
    out.observations.emplace_back(RightsRequested{priority, own.request, own.missing, newly});
  }
}

void Escrow::question(Priority priority, Own& own, Links& links, Instant now, Effects& out) const {
  if (!own.proof.running()) {
    return;
  }
  for (const auto& [peer, link] : links.established()) {
    if (!own.proof.has_answer_of(peer) && own.questioned.insert(peer).second) {
      links.send(peer, TotalsRequest{own.account, priority, own.proof.round()}, now, out);
    }
  }
}

/// Asks for rights ahead of need if this branch spends more than its share.
void Escrow::restock(AccountId id, const State& state, Links& links, Instant now, Effects& out) {
  const Account& account = *state.ledger().find(id);
  const Money total = account.balance() + account.limit();
  const Holding own{topology_.self(), account.rights(state.self())};
  const auto peers = holdings(account, links);
  for (const auto& [peer, amount] :
       plan_restock(own, peers, demand(id), total, others_.size() + 1)) {
    Instant& until = rebalanced_[{id, peer}];
    if (until <= now) {
      until = now + patience_.for_entries();
      ++counters_.rebalance_requests_sent;
      links.send(peer, RebalanceRequest{id, amount}, now, out);
    }
  }
}

void Escrow::flush(const State& state, Links& links, Instant now, Effects& out) {
  for (const auto& [peer, end] : std::exchange(cancellations_, {})) {
    if (links.connected(peer)) {
      links.send(peer, end, now, out);
    }
  }
  for (const Priority priority : std::exchange(moved_, {})) {
    Own& own = own_.at(priority);
    own.since = own.since.value_or(now);
    widen(own, links, now);
    request_rights(priority, own, state, links, now, out);
    question(priority, own, links, now, out);
    look_again(priority, own, next_look(own, now));
  }
  for (const AccountId account : std::exchange(spending_, {})) {
    restock(account, state, links, now, out);
  }
}

/// When patience with the asked branches runs out, or when streams to branches that are no
/// neighbours must be renewed to stay open.
Instant Escrow::next_look(const Own& own, Instant now) const {
  Instant out = kNever;
  if (!own.everyone) {
    out = *own.since + patience_.for_entries();
  } else if (!topology_.full_mesh()) {
    out = now + options_.linger / 2;
  }
  if (own.chosen_few && !own.told.empty() && own.missing > Money{}) {
    out = std::min(out, *own.since + patience_.for_rights());
  }
  return out;
}

Instant Escrow::wake() const {
  const Instant expires = expiries_.empty() ? kNever : expiries_.begin()->first;
  return due_.empty() ? expires : std::min(expires, due_.begin()->first);
}

std::size_t Escrow::unfinished() const {
  std::size_t out = own_.size() + own_on_.size() + moved_.size() + due_.size() + standing_.size() +
                    expiries_.size() + cancellations_.size() + rebalances_.size();
  for (const auto& [account, claims] : claims_) {
    out += claims.size();
  }
  return out;
}

}  // namespace passbook
