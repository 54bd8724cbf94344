// SPDX-License-Identifier: Apache-2.0
// Withdrawals that need rights from elsewhere: asking for them, giving them to others' older
// claims, and proving that there are none.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "branch/claims.h"
#include "branch/links.h"
#include "branch/options.h"
#include "branch/proof.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Stands between the requests of this branch's customers and the claims of its peers. It decides
/// nothing about a request itself: it says which claims are funded and which are proven short.
class Escrow {
 public:
  Escrow(const Topology& topology, const BranchOptions& options);

  /// A customer's withdrawal that can't be decided at once. It counts from now on.
  void claim(Priority priority, const Withdrawal& withdrawal, RequestId request, Instant deadline,
             Instant now);
  /// The withdrawal was accepted, refused or given up.
  void end(Priority priority);

  /// Whether claims stand on an account: if so, a withdrawal must take its turn.
  bool contended(AccountId account) const;

  // What peers say.
  void asked(const Ask& ask, Instant now);
  void ask_ended(const AskEnd& end);
  void totals_answered(BranchId from, const TotalsReply& reply);
  void disconnected(BranchId peer);

  /// An account's rights or claims changed.
  void touch(AccountId account) { touched_.insert(account); }
  /// Gives rights to older claims of peers, on all touched accounts. The grants are accepted into
  /// `state` and returned; the own claims that are funded after that are added to `funded`.
  std::vector<EntryId> settle(State& state, const Links& links, Instant now,
                              std::vector<Priority>& funded);

  /// Starts proofs that look promising and ends those that have all answers.
  void prove(const State& state);
  /// Own claims for which the bank was proven to lack the money.
  std::vector<Priority> proven_short() const;
  /// Whose word is missing for a claim that was not decided; ascending.
  std::vector<BranchId> unreached(const Links& links) const;

  /// Says what is to be said to peers.
  void flush(Links& links, Instant now, Effects& out);
  Instant wake() const;

 private:
  /// What an own claim has said and heard.
  struct Own {
    AccountId account;
    RequestId request;
    Instant deadline;
    Instant since;
    Money missing;  ///< as of the last settlement
    Money least;    ///< the least that was missing since all were told
    std::set<BranchId> told;
    bool everyone = false;  ///< ask beyond the neighbours
    Proof proof;
    std::set<BranchId> questioned;  ///< for the proof's round
  };
  struct Standing {
    AccountId account;
    Instant expires;
  };

  void expire(Instant now);
  void forget(AccountId account, Priority priority);
  void note_lacking(const Claims::Settlement& settlement);
  void widen(Own& own, Links& links, Instant now) const;
  void ask(Priority priority, Own& own, Links& links, Instant now, Effects& out) const;
  void question(Priority priority, Own& own, Links& links, Instant now, Effects& out) const;

  const Topology& topology_;
  const BranchOptions& options_;
  std::set<BranchId> others_;
  std::map<AccountId, Claims> claims_;
  std::map<Priority, Own> own_;
  std::map<Priority, Standing> standing_;  ///< of peers
  std::set<AccountId> touched_;
  std::vector<std::pair<BranchId, AskEnd>> ends_;
};

}  // namespace passbook
