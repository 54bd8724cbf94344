// SPDX-License-Identifier: Apache-2.0
// The branch: one replica of the bank, as a function from events to effects.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "branch/delivery.h"
#include "branch/escrow.h"
#include "branch/hearsay.h"
#include "branch/links.h"
#include "branch/operator_replies.h"
#include "branch/options.h"
#include "branch/patience.h"
#include "branch/processes.h"
#include "branch/readiness.h"
#include "branch/replication.h"
#include "branch/requests.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"
#include "ledger/bank.h"

namespace passbook {

/// A branch acts only in `step`, which has no I/O, threads, clock, callbacks or randomness: time
/// comes in with the events, and actions go out as data. The same events at the same times always
/// give the same effects. So one process can run whole banks of the production code from one seed.
///
/// Every request enters through `step`, whether from a customer or a branch.
class Replica {
 public:
  /// `state` is new, or was rebuilt from the Effects of earlier processes of this branch, in order.
  /// The journal may have lost its end, but nothing from the middle.
  Replica(const Bank& bank, const BranchOptions& options, State state);

  ~Replica() = default;
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  /// Takes in the events since the last step, in order. `now` never goes back.
  Effects step(std::span<const Event> events, Instant now);

  const State& state() const { return state_; }
  bool takes_writes() const { return readiness_.takes_writes(); }
  const EscrowCounters& counters() const { return escrow_.counters(); }
  /// What is in memory for requests, claims and blocks that are not done with: 0 when all are.
  std::size_t unfinished() const {
    return requests_.unfinished() + escrow_.unfinished() + delivery_.unfinished() +
           totals_wanted_.size();
  }

 private:
  void handle(const Called& event);
  void handle(const OperatorCalled& event);
  void handle(const LinkUp& event);
  void handle(const LinkDown& event);
  void handle(const DialFailed& event);
  void handle(const Received& event);
  void handle(const Fetched& event);
  void handle(const DiskChecked& event);
  void handle(const CalendarSet& event);

  Inspected inspected() const;
  OperatorReply reply_to(const StatusRequest& request);
  OperatorReply reply_to(const SealRequest& request);

  // Messages from a connected peer.
  void hear(BranchId from, const Blocks& blocks);
  void hear(BranchId from, const Progress& progress);
  void hear(BranchId from, const RightsRequest& request);
  void hear(BranchId from, const RightsRequestCancelled& cancelled);
  void hear(BranchId from, const TotalsRequest& request);
  void hear(BranchId from, const TotalsReply& reply);
  void hear(BranchId from, const RebalanceRequest& request);
  void hear(BranchId from, const OutcomeRequest& request);
  void hear(BranchId from, const OutcomeReply& reply);
  void hear(BranchId from, const Dismissal& dismissal);
  void hear(BranchId from, const Divergence& divergence);
  void hear(BranchId from, const Heartbeat& heartbeat);
  void hear(BranchId, const Hello&) {}

  void tell_confirmed(BranchId branch, Sequence after, Sequence upto);
  void greeted(LinkId link, const Hello& hello);
  void told_of(Origin from, const Seal& said);
  void seal(const Seal& seal);
  void stop_if_over();
  void compare_own_log(const Hello& hello);
  void dismiss(LinkId link, const Hello& hello, const Dismissal& dismissal);
  void send_away(LinkId link, const Hello& hello, const std::string& why);
  void answer_totals();
  void tell_refused(BranchId peer, std::string why);
  void refuse_peer(LinkId link, BranchId peer, const std::string& why);
  void refuse(BranchId peer, const std::string& why);
  void refuse_all_but(BranchId peer, std::string_view why);
  void disconnected(BranchId peer);
  void record(const Booked& booked);
  void close_block();
  bool deliver();
  bool grant();
  bool release_rights();
  void settle();
  void stamp_sends();
  void note_clock(BranchId from, const Envelope& envelope);
  void take_snapshot();

  Bank bank_;
  BankId bank_id_;
  BranchOptions options_;
  Topology topology_;
  State state_;
  Readiness readiness_;
  Calendar calendar_;
  Delivery delivery_;
  Patience patience_;
  Links links_;
  Processes processes_;
  Hearsay hearsay_;
  Replication replication_;
  Escrow escrow_;
  Requests requests_;

  /// Questions to answer once this branch has rebuilt its lost data.
  std::vector<std::pair<BranchId, TotalsRequest>> totals_wanted_;
  /// Streams of refused processes that were told the reason, and their branch.
  std::map<LinkId, BranchId> dismissed_;
  bool began_ = false;
  bool release_due_ = true;  ///< whether there may be rights to take over
  Instant now_{};
  Instant wake_ = kNever;  ///< the latest time at which it wanted to step again
  Effects out_;
};

}  // namespace passbook
