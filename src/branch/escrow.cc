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
                   Instant deadline) {
  claims_.try_emplace(withdrawal.account, topology_.self())
      .first->second.put(priority, withdrawal.amount);
  own_.emplace(priority, Own{.account = withdrawal.account,
                             .amount = withdrawal.amount,
                             .request = request,
                             .deadline = deadline,
                             .since = {},
                             .missing = {},
                             .least = {},
                             .told = {},
                             .chosen_few = true,
                             .everyone = topology_.full_mesh(),
                             .proof = Proof(withdrawal.amount),
                             .questioned = {}});
  touch(withdrawal.account);
}

/// What stands at peers stands until the earlier deadline: they are asked again.
void Escrow::extend(Priority priority, Instant deadline) {
  if (const auto own = own_.find(priority); own != own_.end()) {
    own->second.deadline = deadline;
    own->second.told.clear();
    touch(own->second.account);
  }
}

void Escrow::end(Priority priority) {
  const auto found = own_.find(priority);
  if (found == own_.end()) {
    return;
  }
  const AccountId account = found->second.account;
  cancel_requests(priority, found->second);
  own_.erase(found);
  forget(account, priority);
}

void Escrow::cancel_requests(Priority priority, Own& own) {
  for (const auto& [peer, amount] : std::exchange(own.told, {})) {
    cancellations_.emplace_back(peer, RightsRequestCancelled{own.account, priority});
  }
}

bool Escrow::has_requested(Priority priority) const {
  const auto own = own_.find(priority);
  return own != own_.end() && own->second.ever_asked;
}

bool Escrow::contended(AccountId account) const {
  const auto claims = claims_.find(account);
  return claims != claims_.end() && !claims->second.empty();
}

void Escrow::rights_requested(const RightsRequest& request, Instant now) {
  claims_.try_emplace(request.account, topology_.self())
      .first->second.put(request.priority, request.missing);
  standing_[request.priority] = {request.account, now + request.stands};
  touch(request.account);
}

void Escrow::rights_request_cancelled(const RightsRequestCancelled& cancelled) {
  if (standing_.erase(cancelled.priority) > 0) {
    forget(cancelled.account, cancelled.priority);
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

void Escrow::connected(BranchId peer) {
  std::erase_if(rebalanced_, [&](const auto& request) { return request.first.second == peer; });
  for (const auto& [priority, own] : own_) {
    touch(own.account);
  }
}

void Escrow::applied(const Entry& entry, Origin self) {
  const AccountId account = account_of(entry.change);
  touch(account);
  if (const auto* withdrawal = std::get_if<Withdrawal>(&entry.change)) {
    demand_[account].spent(entry.id.origin.branch, withdrawal->amount);
    if (entry.id.origin == self) {
      spending_.insert(account);
      note_spent(account, withdrawal->amount);
    }
  }
  const auto* grant = std::get_if<Grant>(&entry.change);
  if (grant != nullptr && entry.id.origin == self) {
    note_spent(account, grant->amount);
  }
  if (grant != nullptr && grant->to == self) {
    ++counters_.grants_received;
    rebalanced_.erase({account, entry.id.origin.branch});
    note_given(entry.id.origin, *grant);
  }
}

/// A peer that gave all that it was asked for takes the claim for met. Should the rights go to an
/// older claim, it must be asked again.
void Escrow::note_given(Origin by, const Grant& grant) {
  if (claimed_here(grant.account)) {
    gathered_[grant.account][by] += grant.amount;
  }
  for (auto& [priority, own] : own_) {
    const auto told = own.account == grant.account ? own.told.find(by.branch) : own.told.end();
    if (told == own.told.end()) {
      continue;
    }
    told->second -= std::min(told->second, grant.amount);
    if (told->second == Money{}) {
      own.told.erase(told);
    }
  }
}

/// What was gathered goes first.
void Escrow::note_spent(AccountId account, Money amount) {
  const auto gathered = gathered_.find(account);
  if (gathered == gathered_.end()) {
    return;
  }
  for (auto& [origin, rights] : gathered->second) {
    const Money part = std::min(rights, amount);
    rights -= part;
    amount -= part;
  }
}

/// Whether a customer of this branch has a claim on an account.
bool Escrow::claimed_here(AccountId account) const {
  return std::ranges::any_of(own_,
                             [&](const auto& claim) { return claim.second.account == account; });
}

/// Returns what claims that are over had gathered and not spent, to those who gave it, if they are
/// still there.
void Escrow::give_back(AccountId account, State& state, const Links& links,
                       std::vector<Booked>& grants) {
  const auto gathered = gathered_.extract(account);
  if (gathered.empty()) {
    return;
  }
  for (const auto& [origin, rights] : gathered.mapped()) {
    const Money amount = std::min(rights, state.ledger().find(account)->grantable(state.self()));
    if (amount > Money{} && links.connected(origin.branch) &&
        links.origin(origin.branch) == origin) {
      grants.push_back(state.accept(Grant{account, origin, amount}, {}, std::nullopt));
    }
  }
}

void Escrow::disconnected(BranchId peer) {
  for (auto& [account, claims] : claims_) {
    claims.remove_all_of(peer);
    touch(account);
  }
  std::erase_if(standing_, [&](const auto& claim) { return claim.first.branch == peer; });
  std::erase_if(rebalances_, [&](const Rebalance& request) { return request.by == peer; });
  for (auto& [priority, own] : own_) {
    own.told.erase(peer);
    own.questioned.erase(peer);
    touch(own.account);
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

/// Whether rights of a branch can be spent by nobody: a lost incarnation had them, or its log is
/// forked.
bool Escrow::frozen(const Account& account, const State& state, BranchId branch) const {
  return std::ranges::any_of(account.totals(), [&](const OriginTotals& totals) {
    return totals.origin.branch == branch && totals.rights > Money{} &&
           (state.seals().over(totals.origin) || state.forks().frozen(totals.origin));
  });
}

/// The rights of the peers that can be asked now.
std::vector<Holding> Escrow::holdings(const Account& account, const Links& links) const {
  std::vector<Holding> out;
  for (const auto& [peer, link] : links.established()) {
    out.push_back({peer, account.rights(links.origin(peer))});
  }
  return out;
}

const Demand& Escrow::demand(AccountId account) const {
  static const Demand kNone;
  const auto found = demand_.find(account);
  return found == demand_.end() ? kNone : found->second;
}

/// All the rights that can be reached, as far as is known here.
Money Escrow::reachable(const Account& account, const State& state, const Links& links) const {
  Money sum = account.rights(state.self());
  for (const Holding& peer : holdings(account, links)) {
    sum += peer.rights;
  }
  return sum;
}

/// A claim that can't be met by all who can be reached waits without holding up others: it takes
/// no rights until there is hope. If there is more than is known here, that will be heard. While a
/// claim asks the neighbours only, what the others have may come through them.
void Escrow::park_hopeless(AccountId id, const State& state, const Links& links) {
  const Account& account = *state.ledger().find(id);
  const Money of_everyone = reachable(account, state, links);
  const Money of_neighbours = account.balance() + account.limit();
  Claims& claims = claims_.at(id);
  for (auto& [priority, own] : own_) {
    if (own.account != id) {
      continue;
    }
    if (own.amount <= (own.everyone ? of_everyone : of_neighbours)) {
      claims.put(priority, own.amount);
      continue;
    }
    claims.remove(priority);
    own.missing = Money{};
    cancel_requests(priority, own);
  }
}

std::vector<Booked> Escrow::settle(State& state, const Links& links,
                                   std::vector<Priority>& funded) {
  std::vector<Booked> grants;
  for (const AccountId id : std::exchange(touched_, {})) {
    const auto found = claims_.find(id);
    const Account* account = state.ledger().find(id);
    if (found == claims_.end() || account == nullptr) {
      continue;
    }
    park_hopeless(id, state, links);
    const auto settlement = found->second.settle(account->rights(state.self()));
    note_lacking(settlement);
    for (const auto& [priority, share] : settlement.give) {
      const Money amount = std::min(share, account->grantable(state.self()));
      if (amount > Money{} && links.connected(priority.branch)) {
        const Grant grant{id, links.origin(priority.branch), amount};
        grants.push_back(state.accept(grant, {}, std::nullopt));
        found->second.given(priority, amount);
      }
    }
    funded.insert(funded.end(), settlement.funded.begin(), settlement.funded.end());
    if (found->second.empty() && !claimed_here(id)) {
      give_back(id, state, links, grants);
      claims_.erase(found);
    }
  }
  grant_spare(state, links, grants);
  counters_.grants_given += grants.size();
  return grants;
}

/// Nothing is spared while anyone has a claim.
void Escrow::grant_spare(State& state, const Links& links, std::vector<Booked>& grants) {
  for (const auto& [by, request] : std::exchange(rebalances_, {})) {
    const Account* account = state.ledger().find(request.account);
    if (account == nullptr || contended(request.account) || !links.connected(by)) {
      continue;
    }
    const Money total = account->balance() + account->limit();
    const Holding own{topology_.self(), account->grantable(state.self())};
    const Money amount =
        spare(own, request.amount, demand(request.account), total, others_.size() + 1);
    if (amount > Money{}) {
      const Grant grant{request.account, links.origin(by), amount};
      grants.push_back(state.accept(grant, {}, std::nullopt));
    }
  }
}

void Escrow::prove(const State& state) {
  if (!state.recovered()) {
    return;  // what came in here before the disk was lost is part of every proof
  }
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

std::vector<BranchId> Escrow::unreached(AccountId account, const State& state,
                                        const Links& links) const {
  std::vector<BranchId> out;
  for (const BranchId branch : topology_.branches()) {
    const bool connected = branch == topology_.self() || links.connected(branch);
    if (!connected || frozen(*state.ledger().find(account), state, branch)) {
      out.push_back(branch);
    }
  }
  return out;
}

/// A claim that the neighbours did not meet in time, or that needs everyone's word, goes to all.
void Escrow::widen(Own& own, Links& links, Instant now) const {
  own.everyone = own.everyone || own.proof.running() || now >= *own.since + options_.patience;
  if (own.everyone) {
    std::ranges::for_each(others_, [&](BranchId branch) { links.want(branch, now); });
  }
}

/// At first only those who have enough, as far as is known. If that is not enough, or others want
/// the money too, or it takes too long: all, each for all that is missing.
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
  const bool waits = own.chosen_few && now < *own.since + options_.rights_patience &&
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
    own.told.clear();  // rights went to an older claim: more is missing than was said
  }
  own.least = own.told.empty() ? own.missing : std::min(own.least, own.missing);
  if (own.missing == Money{} || now >= own.deadline) {
    return;
  }
  std::vector<BranchId> newly;
  for (const auto& [peer, amount] : whom_to_ask(own, state, links, now)) {
    if (own.told.emplace(peer, amount).second) {
      links.send(peer, RightsRequest{own.account, priority, amount, own.deadline - now}, now, out);
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

/// Wishes for rights before they are needed, where this branch spends more than its share.
void Escrow::restock(AccountId id, const State& state, Links& links, Instant now, Effects& out) {
  const Account& account = *state.ledger().find(id);
  const Money total = account.balance() + account.limit();
  const Holding own{topology_.self(), account.rights(state.self())};
  const auto peers = holdings(account, links);
  for (const auto& [peer, amount] :
       plan_restock(own, peers, demand(id), total, others_.size() + 1)) {
    Instant& until = rebalanced_[{id, peer}];
    if (until <= now) {
      until = now + options_.patience;
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
  for (auto& [priority, own] : own_) {
    own.since = own.since.value_or(now);
    widen(own, links, now);
    request_rights(priority, own, state, links, now, out);
    question(priority, own, links, now, out);
  }
  for (const AccountId account : std::exchange(spending_, {})) {
    restock(account, state, links, now, out);
  }
}

Instant Escrow::wake() const {
  Instant wake = kNever;
  for (const auto& [priority, standing] : standing_) {
    wake = std::min(wake, standing.expires);
  }
  for (const auto& [priority, own] : own_) {
    if (!own.everyone) {
      wake = std::min(wake, *own.since + options_.patience);
    }
    if (own.chosen_few && !own.told.empty() && own.missing > Money{}) {
      wake = std::min(wake, *own.since + options_.rights_patience);
    }
  }
  return wake;
}

}  // namespace passbook
