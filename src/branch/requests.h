// SPDX-License-Identifier: Apache-2.0
// The customers' requests in work at a branch, from their arrival to their answer.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "branch/admission.h"
#include "branch/escrow.h"
#include "branch/links.h"
#include "branch/options.h"
#include "branch/outcome_inquiries.h"
#include "branch/pending_request.h"
#include "branch/readiness.h"
#include "branch/replication.h"
#include "branch/shares.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/waiters.h"

namespace passbook {

/// A query waits until the positions of its passbook are applied, and is then answered. A write
/// waits for them too, is accepted (a withdrawal once it has the rights), and is answered when
/// enough branches have it. A request not decided by its deadline is refused. A write accepted but
/// not confirmed by enough branches is UNCONFIRMED. So nothing waits for ever.
class Requests {
 public:
  Requests(const Topology& topology, const BranchOptions& options, BankId bank, State& state,
           const Calendar& calendar, const Readiness& readiness, Links& links,
           const Patience& patience, Replication& replication, Escrow& escrow);

  /// A customer's call.
  void arrive(Called called, Instant now, Effects& out);

  /// A peer asks for the outcome of a write whose id names this branch.
  void outcome_asked(BranchId by, const OutcomeRequest& asked, Effects& out);
  /// The branch named by a write's id tells its outcome.
  void outcome_told(const OutcomeReply& reply, Effects& out);
  void disconnected(BranchId peer) { inquiries_.disconnected(peer); }

  /// Some writes are lost. Tells the requests that wait for them.
  void lose(Effects& out);

  /// An entry was applied here, this branch's own or another's. Some requests may now have all they
  /// waited for.
  void applied(const Entry& entry);
  /// Continues the requests that can go on. True if an entry was accepted.
  bool advance(Effects& out);

  /// These claims have the rights they need. True if
  bool accept_funded(const std::vector<Priority>& funded, Effects& out);

  /// The bank was proven to lack the money for these claims. True if any was
  bool refuse_short(const std::vector<Priority>& claims, Effects& out);

  /// Peers have made progress, so some writes may have enough confirmations. The open block must be
  /// closed: queries that waited for that are answered.
  void acknowledge(Effects& out);

  /// Answers requests whose time is up, and seeks help for those that have waited long. True if any
  /// was given up.
  bool expire(Instant now, Effects& out);
  /// Sends the pending messages to peers. The open block must be closed: the answers get the tags
  /// of the positions they vouch for.
  void flush(Instant now, Effects& out);
  Instant wake() const;
  /// What is in memory for requests in work: 0 when there is none.
  std::size_t unfinished() const;

 private:
  /// How a write was accepted.
  struct Standing {
    std::optional<Money> balance = {};
    bool replayed = false;
  };
  /// The conditions, other than entries, that undecided requests wait for.
  struct Circumstances {
    Readiness::Obstacle obstacle = Readiness::Obstacle::none;
    bool knows_its_log = false;
    bool recovered = false;
    bool operator==(const Circumstances&) const = default;
  };
  /// `holders` branches must have an entry of this origin.
  struct Quorum {
    Origin origin;
    std::size_t holders = 0;
    auto operator<=>(const Quorum&) const = default;
  };
  using Unconfirmed = std::set<std::tuple<Sequence, WorkId, CallId>>;

  // A request's stage determines the indexes that hold it.
  void enter(WorkId id, PendingRequest& work, PendingRequest::Stage stage);
  void index(WorkId id, const PendingRequest& work);
  void unindex(WorkId id, const PendingRequest& work);
  void await_confirmation(WorkId id, const PendingRequest& work, const Caller& caller);
  void await_no_confirmation(WorkId id, const PendingRequest& work, const Caller& caller);
  void wait(WorkId id, const PendingRequest& work);

  const Request* in_work(const RequestId& id) const;
  bool stands_already(const Request& request) const;
  Duration pause(const RequestId& id) const;
  bool join(const Called& called, Instant answer_by);
  bool takes_its_turn(WorkId id, PendingRequest& work);
  WorkId begin(const Called& called, Instant answer_by, Instant now);
  PendingRequest::Stage first_stage(const Request& request);
  bool advance(WorkId id, Effects& out);
  bool take_on(WorkId id, Effects& out);
  void take_on_query(WorkId id, PendingRequest& work, Effects& out);
  bool accept(WorkId id, PendingRequest& work, Effects& out);
  bool saw_other_past(WorkId id, PendingRequest& work, Effects& out);
  void tell_lost(WorkId id, Effects& out);
  void decided_elsewhere(WorkId id, PendingRequest& work, Effects& out);
  void stands(WorkId id, PendingRequest& work, EntryId entry, const Standing& how, Effects& out);
  void confirm(WorkId id, CallId call, Effects& out);
  void leave(WorkId id, PendingRequest& work, CallId call, const Answer& answer, Effects& out);
  static Answer standing_answer(const Request& request, EntryId entry);
  std::optional<Answer> unconfirmed(const PendingRequest& work) const;
  Answer unknown(const PendingRequest& work) const;
  void give_up_id(const Called& called, Effects& out);
  Answer abandon(const Request& request, const std::optional<Change>& change, Effects& out);
  void count_refusal(const PendingRequest& work, Outcome outcome);
  void answer_query(WorkId id, const PendingRequest& work, Effects& out);
  void refuse(WorkId id, Outcome outcome, std::vector<BranchId> unreached, Effects& out);
  void reply(CallId call, const Request& request, Answer answer, Effects& out) const;
  void finish(WorkId id, const Answer& answer, Effects& out);
  void give_up(WorkId id, Effects& out);
  void look_for_help(Instant now);
  void call_for_help_later(WorkId id, Instant now);
  bool covered(const PendingRequest& work) const;
  bool elsewhere(const Request& request) const;
  bool may_stand_unseen(const Request& request) const;
  Answer as_far_as_known(const Request& request, Answer answer) const;
  void ask_origin(WorkId id, const PendingRequest& work);
  std::size_t wanted_holders(AckLevel level) const;

  const Topology& topology_;
  const BranchOptions& options_;
  Admission admission_;
  Shares waiting_;  ///< undecided requests
  Shares in_work_;
  State& state_;
  const Readiness& readiness_;
  Links& links_;
  const Patience& patience_;
  Replication& replication_;
  Escrow& escrow_;

  std::uint64_t last_work_ = 0;
  std::map<WorkId, PendingRequest> works_;
  std::map<RequestId, WorkId> writes_;  ///< writes in work
  std::set<WorkId> undecided_;
  std::set<WorkId> woken_;  ///< may be able to go on; looked at next
  Circumstances circumstances_;
  Waiters<WorkId> waiters_;
  std::map<Priority, WorkId> by_claim_;
  std::set<WorkId> ready_;
  std::map<Quorum, Unconfirmed> unconfirmed_;
  std::set<std::tuple<Instant, WorkId, CallId>> deadlines_;
  /// When to seek help, in large banks. Ascending.
  std::deque<std::pair<Instant, WorkId>> help_at_;
  OutcomeInquiries inquiries_;
};

}  // namespace passbook
