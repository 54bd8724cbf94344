// SPDX-License-Identifier: Apache-2.0
// Streams entries to peers, and tracks the progress of every branch.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "branch/links.h"
#include "branch/options.h"
#include "branch/patience.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Sends each connected peer the entries it lacks, in causal order. This branch's own entries go at
/// once. Entries of other origins go at once if the topology makes this branch the one to pass them
/// on; otherwise only if they did not arrive another way in time. After a stream breaks, the next
/// one goes on from the positions that the peer reports.
///
/// Progress reports travel against the stream of entries. They go to the peer that hands this
/// branch the entries, together with the reports of the branches behind this one, and that peer
/// passes them on towards the origin. All other peers are told a little later, so that they need
/// not pass on entries that are here already.
///
/// The cost of a step must not grow with branches times peers. So changes are noted only for the
/// few branches they concern. Everything is gone through only at the turns of patience, at the
/// reports to all, and when a peer connects.
class Replication {
 public:
  Replication(const Topology& topology, const BranchOptions& options, Patience& patience)
      : topology_(topology), options_(options), patience_(patience) {}

  /// A process of a peer has connected and reported its positions.
  void connected(Origin peer, ProcessId process, const std::vector<TaggedPosition>& has,
                 const State& state, Instant now);
  void disconnected(BranchId peer);
  /// The round-trip time to a peer was measured.
  void measured(BranchId peer, Duration round_trip);

  /// A branch's position in this branch's log moved from `after` to `upto`.
  struct Gain {
    BranchId branch;
    Sequence after;
    Sequence upto;
  };

  /// Takes in a peer's report. Returns the news about this branch's own log.
  std::vector<Gain> learn(BranchId from, const Progress& progress, const State& state, Instant now);

  /// The latest known incarnation of a branch.
  Incarnation incarnation(BranchId branch) const;
  /// The number of applied entries that a branch is not known to have.
  std::uint64_t lag(Origin branch, const VersionVector& applied) const;

  /// The positions that a branch is known to have.
  const VersionVector& matched(BranchId branch) const;

  /// The other branches that are not known to have an entry, ascending.
  std::vector<BranchId> lacking(EntryId entry) const;
  /// Those of them without any news either, for a time of patience.
  std::vector<BranchId> stuck_before(EntryId entry, Instant now) const;
  /// Whether no entry of a log was applied here for a time of patience.
  bool stands_still(Origin origin, Instant now) const;
  /// The number of branches, this one included, known to have an entry that is applied here.
  std::uint32_t holders(EntryId entry) const;
  /// The position in a log that `branches` branches are known to have reached. This one counts as
  /// one of them.
  Sequence held(Origin origin, std::size_t branches) const;

  /// A peer has sent blocks, so it has them.
  void has_sent(BranchId from, const Blocks& blocks, const State& state);

  /// The read asked for with a Fetch is done.
  void fetched(BranchId to, const Fetched& fetched, const State& state, Links& links, Instant now,
               Effects& out);

  /// More may have been applied here.
  void note_applied(const State& state, Instant now);

  /// Sends everything due.
  void flush(const State& state, Links& links, Instant now, Effects& out);
  Instant wake() const;

 private:
  /// One connected peer.
  struct Peer {
    Origin origin;
    VersionVector sent;           ///< entries sent on this stream, or that the peer already had
    VersionVector acked;          ///< this branch's progress, as reported on this stream
    std::set<Origin> unreported;  ///< origins whose progress it waits to hear
    bool fresh = true;            ///< whether nothing was reported yet
    std::map<std::pair<Origin, Origin>, Report> reports;  ///< reports of other branches to pass on
    std::set<Origin> everywhere;  ///< logs of which it must be told how much all branches have
    /// All branches have this, so neither side need tell the other.
    VersionVector presumed;
    std::set<Origin> unaware;          ///< logs of which it sent entries that were here already
    Instant gathering_until = kNever;  ///< when reports that wait for others are sent without them
    Instant since{};                   ///< when it connected
    Instant heeded_since{};            ///< the same, in the time of `Patience::heeded`
    std::optional<Duration> round_trip{};
    int turn = 1;                  ///< this branch's turn among its helpers
    bool more = true;              ///< whether entries of any origin may be unsent
    std::set<Origin> due;          ///< origins with unsent entries, unless `more` is set
    bool full = false;             ///< whether its window is full and more entries wait
    bool reported = true;          ///< whether it made progress since the last turn of patience
    bool stuck = false;            ///< whether it made none for a whole turn
    bool beyond = false;           ///< whether the sent entries go beyond the window
    bool fetching = false;         ///< whether the next entries are being read from the journal
    std::uint64_t next_fetch = 0;  ///< the record at which to go on reading
  };
  /// The positions of a branch, in its latest known process.
  struct Matched {
    Incarnation incarnation{1};
    ProcessId process;
    VersionVector has;
    /// The positions that are certainly in the local history. Only these confirm a write.
    VersionVector vouched;
    Instant moved{};  ///< when it last gained entries of this branch's log, as `Patience::heeded`
  };

  /// A report from a peer, about itself or another branch.
  struct Said {
    BranchId from;
    Report report;
    /// Whether the peer asks to pass it on, whatever branch it is about.
    bool by_another_way = false;
  };

  Sequence held_by(BranchId branch, Origin origin) const;
  const std::vector<BranchId>& children(BranchId origin);
  std::vector<EntryId> unreported(const Peer& peer, const State& state, bool to_all) const;
  void learn(const Said& said, const State& state, Instant now, std::vector<Gain>& gains);
  void pass_on(const Said& said, const State& state);
  std::vector<Peer*> towards(BranchId origin, std::optional<BranchId> not_to);
  bool strays(BranchId origin) const;
  void say_by_another_way(const State& state);
  void now_has(BranchId branch, EntryId end);
  void note_held_by_all(const State& state, Instant now);
  void hear_everywhere(BranchId from, const TaggedPosition& position, const State& state,
                       Instant now);
  void spread(EntryId everywhere);
  void tell_everywhere(Peer& peer, const State& state, Progress& progress);
  void release_own(const State& state, Instant now);
  void turn_snapshots(const State& state, Instant now);
  bool anyone_lacks_anything(const VersionVector& applied) const;
  const VersionVector& overdue(const Peer& peer, Instant now) const;
  Sequence sendable(BranchId to, Origin origin, const VersionVector& overdue,
                    const State& state) const;
  Matched* matched_as(Origin branch, ProcessId process, const State& state);
  Matched& begin_anew(Origin branch, ProcessId process);
  bool vouch(BranchId branch, const TaggedPosition& position, Logs::Match match,
             const State& state);
  void verify(Origin origin, const State& state);
  std::size_t free_in_window(BranchId to, Peer& peer) const;
  void send_blocks(BranchId to, Peer& peer, const State& state, Links& links, Instant now,
                   Effects& out);
  void send(BranchId to, Peer& peer, std::vector<Block> blocks, Links& links, Instant now,
            Effects& out) const;
  static void send(BranchId to, Progress progress, Links& links, Instant now, Effects& out);
  std::size_t unconfirmed(BranchId to, const Peer& peer) const;
  bool all_children_have(EntryId position);
  void send_progress(BranchId to, Peer& peer, const State& state, bool to_all, Links& links,
                     Instant now, Effects& out);

  const Topology& topology_;
  const BranchOptions& options_;
  Patience& patience_;
  std::map<BranchId, Peer> peers_;
  std::map<BranchId, Matched> progress_;                ///< of every other branch
  std::map<BranchId, std::vector<BranchId>> children_;  ///< Topology::receivers_of, cached
  /// Positions of branches in a log beyond its local end. Whether they are in this history is not
  /// known yet.
  std::map<Origin, std::map<BranchId, TaggedPosition>> ahead_;

  /// By branch, the reports passed on for peers that asked for it.
  std::map<BranchId, VersionVector> passed_on_;
  std::set<Origin> astray_;  ///< logs for which this branch's reports may not arrive

  VersionVector everywhere_;       ///< how much of each log all branches have, as its origin says
  Instant looks_at_all_ = kNever;  ///< when to check next how much of the own log all branches have
  Instant told_of_all_{};          ///< when progress of that was last announced

  VersionVector seen_;               ///< the positions applied at the last flush
  std::map<Origin, Instant> grown_;  ///< when a log last grew here, as of the last flush
  /// Own entries, and when they may leave. Empty if there is no delay.
  std::deque<std::pair<Sequence, Instant>> held_back_;
  Sequence released_;
  /// The positions applied at the latest turns of patience, in the time of `Patience::heeded`.
  /// Entries that were here a time of patience ago are passed on to any peer that still lacks them.
  /// So an entry has that long to arrive the direct way.
  std::deque<std::pair<Instant, VersionVector>> turns_;
  Instant next_turn_ = kNever;
  Instant next_report_ = kNever;
};

}  // namespace passbook
