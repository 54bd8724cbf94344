// SPDX-License-Identifier: Apache-2.0
#include "branch/escrow.h"

#include <algorithm>

namespace passbook {

Escrow::Escrow(const Topology& topology, const BranchOptions& options, const Patience& patience)
    : topology_(topology), options_(options), patience_(patience) {
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
                             .asked = {},
                             .chosen_few = true,
                             .everyone = topology_.full_mesh(),
                             .proof = Proof(withdrawal.amount),
                             .questioned = {}});
  own_on_[withdrawal.account].insert(priority);
  touch(withdrawal.account);
}

/// Peers drop the claim at the earlier deadline, so they are asked again.
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
  look_again(priority, found->second, kNever);
  moved_.erase(priority);
  own_.erase(found);
  const auto on_account = own_on_.find(account);
  on_account->second.erase(priority);
  if (on_account->second.empty()) {
    own_on_.erase(on_account);
  }
  forget(account, priority);
}

/// Also cancels with peers that gave all they were asked for, as far as can be seen here. Their
/// grants may have been for another claim, or for an earlier request.
void Escrow::cancel_requests(Priority priority, Own& own) {
  own.told.clear();
  for (const BranchId peer : std::exchange(own.asked, {})) {
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

/// A peer that asks again may not have received all grants for its claim yet. It does not lack
/// those.
void Escrow::rights_requested(const RightsRequest& request, Instant now) {
  const auto [priority, account] = std::pair(request.priority, request.account);
  std::vector<Given> given;
  if (const auto before = standing_.find(priority); before != standing_.end()) {
    given = std::move(before->second.given);
    std::erase_if(given, [&](const Given& one) { return one.entry <= request.applied; });
  }
  Money missing = request.missing;
  for (const Given& one : given) {
    missing -= std::min(missing, one.amount);
  }
  drop_standing(priority);
  const Instant expires = now + std::min(request.stands, options_.longest_request);
  standing_[priority] = {account, expires, std::move(given)};
  expiries_.emplace(expires, priority);
  if (missing > Money{}) {
    claims_.try_emplace(account, topology_.self()).first->second.put(priority, missing);
    touch(account);
  } else {
    forget(account, priority);
  }
}

void Escrow::drop_standing(Priority priority) {
  if (const auto found = standing_.find(priority); found != standing_.end()) {
    expiries_.erase({found->second.expires, priority});
    standing_.erase(found);
  }
}

void Escrow::rights_request_cancelled(const RightsRequestCancelled& cancelled) {
  if (standing_.contains(cancelled.priority)) {
    drop_standing(cancelled.priority);
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
    moved_.insert(reply.priority);
  }
}

void Escrow::connected(BranchId peer) {
  std::erase_if(rebalanced_, [&](const auto& request) { return request.first.second == peer; });
  for (const auto& [account, claims] : own_on_) {
    touch(account);
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

/// A peer that gave all it was asked for considers the claim met. If the rights go to an older
/// claim, it must be asked again.
void Escrow::note_given(Origin by, const Grant& grant) {
  const auto claims = own_on_.find(grant.account);
  if (claims == own_on_.end()) {
    return;
  }
  gathered_[grant.account][by] += grant.amount;
  for (const Priority priority : claims->second) {
    Own& own = own_.at(priority);
    const auto told = own.told.find(by.branch);
    if (told == own.told.end()) {
      continue;
    }
    told->second -= std::min(told->second, grant.amount);
    if (told->second == Money{}) {
      own.told.erase(told);
    }
  }
}

/// Spends gathered rights first.
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
bool Escrow::claimed_here(AccountId account) const { return own_on_.contains(account); }

/// Returns rights that ended claims gathered and did not spend to the branches that gave them, if
/// those still exist.
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
  std::erase_if(expiries_, [&](const auto& claim) { return claim.second.branch == peer; });
  std::erase_if(rebalances_, [&](const Rebalance& request) { return request.by == peer; });
  for (auto& [priority, own] : own_) {
    own.told.erase(peer);
    own.asked.erase(peer);
    own.questioned.erase(peer);
    touch(own.account);
  }
}

void Escrow::expire(Instant now) {
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    const Priority priority = expiries_.begin()->second;
    const AccountId account = standing_.at(priority).account;
    drop_standing(priority);
    forget(account, priority);
  }
  while (!due_.empty() && due_.begin()->first <= now) {
    const Priority priority = due_.begin()->second;
    Own& own = own_.at(priority);
    look_again(priority, own, kNever);
    own.everyone = own.everyone || now >= *own.since + patience_.for_entries();
    touch(own.account);
  }
}

void Escrow::note_lacking(const Claims::Settlement& settlement) {
  for (const Priority priority : settlement.funded) {
    own_.at(priority).missing = Money{};
  }
  for (const auto& [priority, amount] : settlement.lacking) {
    own_.at(priority).missing = amount;
  }
}

/// Branches whose rights nobody can spend: a lost incarnation holds them, or their log is forked.
std::set<BranchId> Escrow::frozen(const Account& account, const State& state) {
  std::set<BranchId> out;
  for (const OriginTotals& totals : account.totals()) {
    if (totals.rights > Money{} &&
        (state.seals().over(totals.origin) || state.forks().frozen(totals.origin))) {
      out.insert(totals.origin.branch);
    }
  }
  return out;
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

/// All rights within reach, as far as known here.
Money Escrow::reachable(const Account& account, const State& state, const Links& links) const {
  Money sum = account.rights(state.self());
  for (const Holding& peer : holdings(account, links)) {
    sum += peer.rights;
  }
  return sum;
}

/// A claim that all reachable branches together can't meet waits without holding up others: it
/// takes no rights until there is hope. If there are more rights than known here, this branch will
/// hear of them. While a claim asks only the neighbours, other branches' rights may come through
/// them.
void Escrow::park_hopeless(AccountId id, const State& state, const Links& links) {
  const auto here = own_on_.find(id);
  if (here == own_on_.end()) {
    return;
  }
  const Account& account = *state.ledger().find(id);
  const Money of_everyone = reachable(account, state, links);
  const Money of_neighbours = account.balance() + account.limit();
  Claims& claims = claims_.at(id);
  for (const Priority priority : here->second) {
    Own& own = own_.at(priority);
    moved_.insert(priority);
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
        standing_.at(priority).given.push_back({grants.back().entry.id.sequence, amount});
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

/// Gives no spare rights on an account while it has claims.
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
    return;  // money that came in here before the disk was lost is part of every proof
  }
  for (const Priority priority : moved_) {
    Own& own = own_.at(priority);
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
  for (const Priority priority : moved_) {
    if (own_.at(priority).proof.proven()) {
      out.push_back(priority);
    }
  }
  return out;
}

std::vector<BranchId> Escrow::unreached(AccountId account, const State& state,
                                        const Links& links) const {
  const std::set<BranchId> idle = frozen(*state.ledger().find(account), state);
  std::vector<BranchId> out;
  for (const BranchId branch : topology_.branches()) {
    const bool connected = branch == topology_.self() || links.connected(branch);
    if (!connected || idle.contains(branch)) {
      out.push_back(branch);
    }
  }
  return out;
}

}  // namespace passbook
