// SPDX-License-Identifier: Apache-2.0
// Streams entries to peers, and tracks the progress of every branch.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "branch/entry_sender.h"
#include "branch/links.h"
#include "branch/options.h"
#include "branch/patience.h"
#include "branch/progress_table.h"
#include "branch/report_router.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Entries go from their origin to all branches, and reports of progress come back. This class ties
/// three parts together: EntrySender streams entries to the peers that lack them, ProgressTable
/// knows what each branch has, and ReportRouter tells the others what this branch has. After a
/// stream breaks, the next one goes on from the positions that the peer reports.
///
/// The cost of a step must not grow with branches times peers. So changes are noted only for the
/// few branches they concern. Everything is gone through only at the turns of patience, at the
/// reports to all, and when a peer connects.
class Replication {
 public:
  Replication(const Topology& topology, const BranchOptions& options, Patience& patience)
      : topology_(topology),
        patience_(patience),
        progress_(topology),
        sender_(topology, options, patience, progress_),
        router_(topology, options, patience, progress_) {}

  Replication(const Replication&) = delete;
  Replication& operator=(const Replication&) = delete;
  ~Replication() = default;

  /// A process of a peer has connected and reported its positions.
  void connected(Origin peer, ProcessId process, const std::vector<TaggedPosition>& has,
                 const State& state, Instant now);
  void disconnected(BranchId peer);
  /// The round-trip time to a peer was measured.
  void measured(BranchId peer, Duration round_trip) { sender_.measured(peer, round_trip); }

  /// A branch's position in this branch's log moved from `after` to `upto`.
  struct Gain {
    BranchId branch;
    Sequence after;
    Sequence upto;
  };

  /// Takes in a peer's report. Returns the news about this branch's own log.
  std::vector<Gain> learn(BranchId from, const Progress& progress, const State& state, Instant now);

  /// The latest known incarnation of a branch.
  Incarnation incarnation(BranchId branch) const { return progress_.incarnation(branch); }
  /// The number of applied entries that a branch is not known to have.
  std::uint64_t lag(Origin branch, const VersionVector& applied) const {
    return progress_.lag(branch, applied);
  }

  /// The positions that a branch is known to have.
  const VersionVector& matched(BranchId branch) const { return progress_.has(branch); }

  /// The other branches that are not known to have an entry, ascending.
  std::vector<BranchId> lacking(EntryId entry) const { return progress_.lacking(entry); }
  /// Those of them without any news either, for a time of patience.
  std::vector<BranchId> stuck_before(EntryId entry, Instant now) const;
  /// Whether no entry of a log was applied here for a time of patience.
  bool stands_still(Origin origin, Instant now) const;
  /// The number of branches, this one included, known to have an entry that is applied here.
  std::uint32_t holders(EntryId entry) const;
  /// The position in a log that `branches` branches are known to have reached. This one counts as
  /// one of them.
  Sequence held(Origin origin, std::size_t branches) const {
    return progress_.held(origin, branches);
  }

  /// A peer has sent blocks, so it has them.
  void has_sent(BranchId from, const Blocks& blocks, const State& state);

  /// The read asked for with a Fetch is done.
  void fetched(BranchId to, const Fetched& fetched, const State& state, Links& links, Instant now,
               Effects& out) {
    sender_.fetched(to, fetched, state, links, now, out);
  }

  /// More may have been applied here.
  void note_applied(const State& state, Instant now);

  /// Sends everything due.
  void flush(const State& state, Links& links, Instant now, Effects& out);
  Instant wake() const { return std::min(sender_.wake(), router_.wake()); }

 private:
  void learn(const ReportRouter::Said& said, const State& state, Instant now,
             std::vector<Gain>& gains);
  bool counts(Origin branch, ProcessId process, const State& state);
  void begin_anew(Origin branch, ProcessId process);
  void now_has(BranchId branch, EntryId end);

  const Topology& topology_;
  Patience& patience_;
  ProgressTable progress_;
  EntrySender sender_;
  ReportRouter router_;
  VersionVector seen_;               ///< the positions applied at the last flush
  std::map<Origin, Instant> grown_;  ///< when a log last grew here, as of the last flush
};

}  // namespace passbook
