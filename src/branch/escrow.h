// SPDX-License-Identifier: Apache-2.0
// Withdrawals that need rights from other branches: asks for the rights, gives rights to older
// claims of other branches, and proves that the bank has too few.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "branch/claims.h"
#include "branch/demand.h"
#include "branch/links.h"
#include "branch/options.h"
#include "branch/patience.h"
#include "branch/proof.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Mediates between the requests of this branch's customers and the claims of its peers. It decides
/// no request itself; it reports which claims are funded and which are proven short.
class Escrow {
 public:
  Escrow(const Topology& topology, const BranchOptions& options, const Patience& patience);

  /// A customer's withdrawal now waits only for its turn and its rights. Its claim stands from now
  /// on.
  void claim(Priority priority, const Withdrawal& withdrawal, RequestId request, Instant deadline);
  /// Moves the claim's deadline later.
  void extend(Priority priority, Instant deadline);
  /// The withdrawal was accepted, refused or given up.
  void end(Priority priority);

  /// Whether claims stand on an account. If so, a withdrawal must wait its turn.
  bool contended(AccountId account) const;
  /// Whether any branch was asked for rights for a claim.
  bool has_requested(Priority priority) const;

  // Messages from peers.
  void rights_requested(const RightsRequest& request, Instant now);
  void rights_request_cancelled(const RightsRequestCancelled& cancelled);
  void rebalance_requested(BranchId by, const RebalanceRequest& request) {
    rebalances_.push_back({by, request});
  }
  void totals_answered(BranchId from, const TotalsReply& reply);
  void connected(BranchId peer);
  void disconnected(BranchId peer);

  /// An account's rights or claims changed.
  void touch(AccountId account) { touched_.insert(account); }
  /// An entry was applied here, either this branch's own or another's.
  void applied(const Entry& entry, Origin self);

  /// Drops expired rights requests of peers, and looks again at local claims whose patience has run
  /// out.
  void expire(Instant now);
  /// Gives rights to older claims of peers on all touched accounts, and spare rights to peers that
  /// asked ahead of need. The grants are accepted into `state` and returned. Local claims that are
  /// funded after that are added to `funded`.
  std::vector<Booked> settle(State& state, const Links& links, std::vector<Priority>& funded);

  /// Starts proofs that look promising and ends those that have all answers.
  void prove(const State& state);
  /// Local claims for which the bank was proven to lack the money.
  std::vector<Priority> proven_short() const;
  /// Branches whose answers or rights are missing for an undecided claim on an account, ascending.
  std::vector<BranchId> unreached(AccountId account, const State& state, const Links& links) const;

  /// Sends the pending messages to peers.
  void flush(const State& state, Links& links, Instant now, Effects& out);
  Instant wake() const;
  /// What is in memory for claims, local or of peers: 0 when none stands.
  std::size_t unfinished() const;

  EscrowCounters& counters() { return counters_; }
  const EscrowCounters& counters() const { return counters_; }

 private:
  /// The requests and answers of a local claim.
  struct Own {
    AccountId account;
    Money amount;
    RequestId request;
    Instant deadline;
    std::optional<Instant> since;  ///< when it first asked for rights
    Money missing;                 ///< as of the last settlement
    Money least;                   ///< the least that was missing since all were told
    /// Branches told of the claim, and how much each has yet to give.
    std::map<BranchId, Money> told;
    /// Branches at which the claim may stand, as far as known here.
    std::set<BranchId> asked;
    bool chosen_few = true;  ///< ask only some branches, each for a part
    bool everyone = false;   ///< ask beyond the neighbours
    bool ever_asked = false;
    Proof proof;
    std::set<BranchId> questioned;  ///< branches asked in the proof's round
    Instant look_again = kNever;    ///< as in `due_`
  };
  struct Given {
    Sequence entry;  ///< in this branch's log
    Money amount;
  };
  struct Standing {
    AccountId account;
    Instant expires{};
    std::vector<Given> given{};  ///< grants that its branch may not have yet
  };
  struct Rebalance {
    BranchId by;
    RebalanceRequest request;
  };

  void forget(AccountId account, Priority priority);
  void note_given(Origin by, const Grant& grant);
  void note_lacking(const Claims::Settlement& settlement);
  void park_hopeless(AccountId id, const State& state, const Links& links);
  Money reachable(const Account& account, const State& state, const Links& links) const;
  bool claimed_here(AccountId account) const;
  void note_spent(AccountId account, Money amount);
  void give_back(AccountId account, State& state, const Links& links, std::vector<Booked>& grants);
  std::vector<Holding> holdings(const Account& account, const Links& links) const;
  const Demand& demand(AccountId account) const;
  static std::set<BranchId> frozen(const Account& account, const State& state);
  void grant_spare(State& state, const Links& links, std::vector<Booked>& grants);
  void widen(Own& own, Links& links, Instant now) const;
  Instant next_look(const Own& own, Instant now) const;
  void look_again(Priority priority, Own& own, Instant at);
  void drop_standing(Priority priority);
  std::vector<Holding> whom_to_ask(Own& own, const State& state, const Links& links,
                                   Instant now) const;
  void cancel_requests(Priority priority, Own& own);
  void request_rights(Priority priority, Own& own, const State& state, Links& links, Instant now,
                      Effects& out);
  void question(Priority priority, Own& own, Links& links, Instant now, Effects& out) const;
  void restock(AccountId id, const State& state, Links& links, Instant now, Effects& out);

  const Topology& topology_;
  const BranchOptions& options_;
  const Patience& patience_;
  std::set<BranchId> others_;
  std::map<AccountId, Claims> claims_;
  std::map<Priority, Own> own_;
  std::map<AccountId, std::set<Priority>> own_on_;  ///< by account; none is empty
  std::set<Priority> moved_;                        ///< local claims with news since the last flush
  std::set<std::pair<Instant, Priority>> due_;  ///< when to look again at local claims, if at all
  std::map<Priority, Standing> standing_;       ///< of peers
  std::set<std::pair<Instant, Priority>> expiries_;  ///< of those
  std::set<AccountId> touched_;
  std::vector<std::pair<BranchId, RightsRequestCancelled>> cancellations_;
  std::map<AccountId, Demand> demand_;
  std::set<AccountId> spending_;  ///< accounts withdrawn from here since the last flush
  std::vector<Rebalance> rebalances_;
  std::map<std::pair<AccountId, BranchId>, Instant>
      rebalanced_;  ///< rebalance requests of this branch, and until when they count
  /// Rights that local claims received and have not spent, by granter.
  std::map<AccountId, std::map<Origin, Money>> gathered_;
  EscrowCounters counters_;
};

}  // namespace passbook
