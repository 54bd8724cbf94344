// SPDX-License-Identifier: Apache-2.0
// Streaming entries to peers, and knowing how far everyone has got.
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

/// Each connected peer is sent, in causal order, what it lacks: this branch's own entries at
/// once; those of other origins at once where the topology makes this branch the one to pass them
/// on, and otherwise only when they did not arrive another way in time. Where a stream breaks, it
/// goes on from what the peer says it has.
///
/// Progress travels against the stream of entries: to the one that hands them to this branch,
/// together with that of the branches behind this one, and by it towards the origin; to all other
/// peers a little later, so that they need not pass on what is there already.
///
/// A step must not cost as much as the bank has branches, times the peers: what changed is noted
/// for the few whom it concerns, and everything is gone through at the turns of patience, at the
/// reports to all, and when a peer connects.
class Replication {
 public:
  Replication(const Topology& topology, const BranchOptions& options, Patience& patience)
      : topology_(topology), options_(options), patience_(patience) {}

  /// A process of a peer is connected and says what it has.
  void connected(Origin peer, ProcessId process, const std::vector<TaggedPosition>& has,
                 const State& state, Instant now);
  void disconnected(BranchId peer);
  /// A peer is so far away, there and back.
  void measured(BranchId peer, Duration round_trip);

  /// A branch was at `after` in this branch's log and is now at `upto`.
  struct Gain {
    BranchId branch;
    Sequence after;
    Sequence upto;
  };

  /// Takes in what a peer reports; says what is new about this branch's own log.
  std::vector<Gain> learn(BranchId from, const Progress& progress, const State& state, Instant now);

  /// A branch's latest incarnation that was heard of.
  Incarnation incarnation(BranchId branch) const;
  /// How many applied entries a branch is not known to have.
  std::uint64_t lag(Origin branch, const VersionVector& applied) const;

  /// What a branch is known to have.
  const VersionVector& matched(BranchId branch) const;

  /// The other branches that are not known to have an entry; ascending.
  std::vector<BranchId> lacking(EntryId entry) const;
  /// Those of them of whom nothing new was heard either, for a time of patience.
  std::vector<BranchId> stuck_before(EntryId entry, Instant now) const;
  /// Whether nothing of a log was applied here for a time of patience.
  bool stands_still(Origin origin, Instant now) const;
  /// How many branches are known to have an entry that is applied here, this one included.
  std::uint32_t holders(EntryId entry) const;
  /// How much of a log so many branches are known to have, this one included, which has all of it
  /// that is meant.
  Sequence held(Origin origin, std::size_t branches) const;

  /// Whoever sends a block has it.
  void has_sent(BranchId from, const Blocks& blocks, const State& state);

  /// What was asked for with a Fetch has been read.
  void fetched(BranchId to, const Fetched& fetched, const State& state, Links& links, Instant now,
               Effects& out);

  /// More may have been applied here.
  void note_applied(const State& state, Instant now);

  /// Sends what is due.
  void flush(const State& state, Links& links, Instant now, Effects& out);
  Instant wake() const;

 private:
  /// One connected peer.
  struct Peer {
    Origin origin;
    VersionVector sent;           ///< entries sent on this stream, or had before
    VersionVector acked;          ///< own progress reported on this stream
    std::set<Origin> unreported;  ///< of these origins it waits for a report
    bool fresh = true;            ///< nothing was reported yet
    std::map<std::pair<Origin, Origin>, Report> reports;  ///< of others, to be passed on
    std::set<Origin> everywhere;       ///< it is to hear how much of these logs all have
    VersionVector presumed;            ///< all have this: neither need tell the other
    std::set<Origin> unaware;          ///< of these logs it has sent what was here
    Instant gathering_until = kNever;  ///< when reports that wait for others go without them
    Instant since{};                   ///< it is connected
    Instant heeded_since{};            ///< likewise, as `Patience::heeded`
    std::optional<Duration> round_trip{};
    int turn = 1;                  ///< of those who help it, this branch has this one
    bool more = true;              ///< there may be entries of any origin to send
    std::set<Origin> due;          ///< origins with unsent entries, unless `more` is set
    bool full = false;             ///< its window is; there are more
    bool reported = true;          ///< progress since the last turn of patience
    bool stuck = false;            ///< none for a whole turn
    bool beyond = false;           ///< what was sent goes beyond the window
    bool fetching = false;         ///< the next ones are being read from the journal
    std::uint64_t next_fetch = 0;  ///< the record where to go on reading
  };
  /// What a branch is known to have, in its latest process that was heard of.
  struct Matched {
    Incarnation incarnation{1};
    ProcessId process;
    VersionVector has;
    /// What is of the history here for certain: only that confirms a write.
    VersionVector vouched;
    Instant moved{};  ///< when it last had more of this branch's log, as `Patience::heeded`
  };

  /// Word of a peer, its own or another's.
  struct Said {
    BranchId from;
    Report report;
    bool by_another_way = false;  ///< it asks for it to be passed on, whose word it may be
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
  std::map<BranchId, Matched> progress_;                ///< of each other branch
  std::map<BranchId, std::vector<BranchId>> children_;  ///< Topology::receivers_of, remembered
  /// What branches have of a log beyond what is here: whether it is this history will show.
  std::map<Origin, std::map<BranchId, TaggedPosition>> ahead_;

  /// Of each branch, what was passed on for those who asked for it.
  std::map<BranchId, VersionVector> passed_on_;
  std::set<Origin> astray_;  ///< logs of which the own word may have got nowhere

  VersionVector everywhere_;       ///< how much of logs all branches have, as their origins say
  Instant looks_at_all_ = kNever;  ///< when it looks how much of the own log that is
  Instant told_of_all_{};          ///< when more of it was told last

  VersionVector seen_;               ///< what was applied at the last flush
  std::map<Origin, Instant> grown_;  ///< when more of a log was applied, likewise
  /// Own entries, with the moment from which they may leave; none when there is no delay.
  std::deque<std::pair<Sequence, Instant>> held_back_;
  Sequence released_;
  /// What was applied at the latest turns of patience, as `Patience::heeded`. What was there a time
  /// of patience ago is passed on to whoever still lacks it: that long, an entry is given to arrive
  /// the direct way.
  std::deque<std::pair<Instant, VersionVector>> turns_;
  Instant next_turn_ = kNever;
  Instant next_report_ = kNever;
};

}  // namespace passbook
