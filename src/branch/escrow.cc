// SPDX-License-Identifier: Apache-2.0
#include "branch/escrow.h"

#include <algorithm>

namespace passbook {

Escrow::Escrow(const Topology& topology, const BranchOptions& options)
    : topology_(topology), options_(options) {
  others_.insert(topology.branches().begin(), topology.branches().end());
  others_.erase(topology.self());
}

void Escrow::claim(Priority priority, const Withdrawal& withdrawal, RequestId request,
                   Instant deadline, Instant now) {
  claims_.try_emplace(withdrawal.account, topology_.self())
      .first->second.put(priority, withdrawal.amount);
  own_.emplace(priority, Own{.account = withdrawal.account,
                             .request = request,
                             .deadline = deadline,
                             .since = now,
                             .missing = {},
                             .least = {},
                             .told = {},
                             .everyone = topology_.branches().size() <= kFullMesh,
                             .proof = Proof(withdrawal.amount),
                             .questioned = {}});
  touch(withdrawal.account);
}

void Escrow::end(Priority priority) {
  const auto found = own_.find(priority);
  if (found == own_.end()) {
    return;
  }
  const AccountId account = found->second.account;
  for (const BranchId peer : found->second.told) {
    ends_.emplace_back(peer, AskEnd{account, priority});
  }
  own_.erase(found);
  forget(account, priority);
}

bool Escrow::contended(AccountId account) const {
  const auto claims = claims_.find(account);
  return claims != claims_.end() && !claims->second.empty();
}

void Escrow::asked(const Ask& ask, Instant now) {
  claims_.try_emplace(ask.account, topology_.self()).first->second.put(ask.priority, ask.missing);
  standing_[ask.priority] = {ask.account, now + ask.stands};
  touch(ask.account);
}

void Escrow::ask_ended(const AskEnd& end) {
  if (standing_.erase(end.priority) > 0) {
    forget(end.account, end.priority);
  }
}

void Escrow::forget(AccountId account, Priority priority) {
  if (const auto claims = claims_.find(account); claims != claims_.end()) {
    claims->second.remove(priority);
    touch(account);
  }
}

void Escrow::totals_answered(BranchId from, const TotalsReply& reply) {
  if (const auto own = own_.find(reply.priority); own != own_.end()) {
    own->second.proof.answered(from, reply.round, reply.incoming);
  }
}

void Escrow::disconnected(BranchId peer) {
  for (auto& [account, claims] : claims_) {
    claims.remove_all_of(peer);
    touch(account);
  }
  std::erase_if(standing_, [&](const auto& claim) { return claim.first.branch == peer; });
  for (auto& [priority, own] : own_) {
    own.told.erase(peer);
    own.questioned.erase(peer);
  }
}

void Escrow::expire(Instant now) {
  std::erase_if(standing_, [&](const auto& claim) {
    const auto& [priority, standing] = claim;
    if (standing.expires > now) {
      return false;
    }
    forget(standing.account, priority);
    return true;
  });
}

void Escrow::note_lacking(const Claims::Settlement& settlement) {
  for (const Priority priority : settlement.funded) {
    own_.at(priority).missing = Money{};
  }
  for (const auto& [priority, amount] : settlement.lacking) {
    own_.at(priority).missing = amount;
  }
}

std::vector<EntryId> Escrow::settle(State& state, const Links& links, Instant now,
                                    std::vector<Priority>& funded) {
  expire(now);
  std::vector<EntryId> grants;
  for (const AccountId id : std::exchange(touched_, {})) {
    const auto found = claims_.find(id);
    const Account* account = state.ledger().find(id);
    if (found != claims_.end() && found->second.empty()) {
      claims_.erase(found);
      continue;
    }
    if (found == claims_.end() || account == nullptr) {
      continue;
    }
    const auto settlement = found->second.settle(account->rights(state.self()));
    note_lacking(settlement);
    for (const auto& [priority, share] : settlement.give) {
      const Money amount = std::min(share, account->grantable(state.self()));
      if (amount > Money{} && links.connected(priority.branch)) {
        const Grant grant{id, links.origin(priority.branch), amount};
        grants.push_back(state.accept(grant, {}, std::nullopt).id);
        found->second.given(priority, amount);
      }
    }
    funded.insert(funded.end(), settlement.funded.begin(), settlement.funded.end());
    if (found->second.empty()) {
      claims_.erase(found);
    }
  }
  return grants;
}

void Escrow::prove(const State& state) {
  for (auto& [priority, own] : own_) {
    const Account& account = *state.ledger().find(own.account);
    own.proof.conclude(others_, topology_.self(), account);
    if (!own.proof.running() && !own.proof.proven() &&
        own.proof.promising(account, others_, topology_.self())) {
      own.proof.begin(account);
      own.questioned.clear();
      own.proof.conclude(others_, topology_.self(), account);  // a bank of one needs no answers
    }
  }
}

std::vector<Priority> Escrow::proven_short() const {
  std::vector<Priority> out;
  for (const auto& [priority, own] : own_) {
    if (own.proof.proven()) {
      out.push_back(priority);
    }
  }
  return out;
}

std::vector<BranchId> Escrow::unreached(const Links& links) const {
  std::vector<BranchId> out;
  std::ranges::copy_if(others_, std::back_inserter(out),
                       [&](BranchId branch) { return !links.connected(branch); });
  return out;
}

/// A claim that the neighbours did not meet in time, or that needs everyone's word, goes to all.
void Escrow::widen(Own& own, Links& links, Instant now) const {
  own.everyone = own.everyone || own.proof.running() || now >= own.since + options_.patience;
  if (own.everyone) {
    std::ranges::for_each(others_, [&](BranchId branch) { links.want(branch, now); });
  }
}

void Escrow::ask(Priority priority, Own& own, Links& links, Instant now, Effects& out) const {
  if (own.missing > own.least) {
    own.told.clear();  // rights went to an older claim: more is missing than was said
  }
  own.least = own.told.empty() ? own.missing : std::min(own.least, own.missing);
  if (own.missing == Money{} || now >= own.deadline) {
    return;
  }
  std::vector<BranchId> newly;
  for (const auto& [peer, link] : links.established()) {
    if ((own.everyone || topology_.is_neighbour(peer)) && own.told.insert(peer).second) {
      newly.push_back(peer);
    }
  }
  for (const BranchId peer : newly) {
    links.send(peer, Ask{own.account, priority, own.missing, own.deadline - now}, now, out);
  }
  if (options_.observe && !newly.empty()) {
    out.observations.emplace_back(RightsAsked{priority, own.request, own.missing, newly});
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

void Escrow::flush(Links& links, Instant now, Effects& out) {
  for (auto& [priority, own] : own_) {
    widen(own, links, now);
    ask(priority, own, links, now, out);
    question(priority, own, links, now, out);
  }
  for (const auto& [peer, end] : std::exchange(ends_, {})) {
    if (links.connected(peer)) {
      links.send(peer, end, now, out);
    }
  }
}

Instant Escrow::wake() const {
  Instant wake = kNever;
  for (const auto& [priority, standing] : standing_) {
    wake = std::min(wake, standing.expires);
  }
  for (const auto& [priority, own] : own_) {
    if (!own.everyone) {
      wake = std::min(wake, own.since + options_.patience);
    }
  }
  return wake;
}

}  // namespace passbook
