// SPDX-License-Identifier: Apache-2.0
// Streams entries to peers.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "branch/links.h"
#include "branch/options.h"
#include "branch/patience.h"
#include "branch/progress_table.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Sends each connected peer the entries it lacks, in causal order. This branch's own entries go at
/// once, or after the propagation delay. Entries of other origins go at once if the topology makes
/// this branch the one to pass them on; otherwise only if they did not arrive another way in time.
class EntrySender {
 public:
  EntrySender(const Topology& topology, const BranchOptions& options, Patience& patience,
              const ProgressTable& progress)
      : topology_(topology), options_(options), patience_(patience), progress_(progress) {}

  /// A peer has connected and reported its positions.
  void connected(Origin peer, const std::vector<TaggedPosition>& has, Instant now);
  void disconnected(BranchId peer) { peers_.erase(peer); }
  /// The round-trip time to a peer was measured.
  void measured(BranchId peer, Duration round_trip) { peers_.at(peer).round_trip = round_trip; }
  /// A branch is known to need fewer entries than before.
  void advanced(BranchId branch);
  /// A log has grown here, and this branch hands its entries to these.
  void grown(Origin origin, std::span<const BranchId> receivers);
  /// Entries were applied here. Those that peers still lack become overdue some time from now.
  void applied(Instant now);

  /// Once a step, before `send`: releases own entries whose delay has passed, and at the turns of
  /// patience makes more entries due.
  void turn(const State& state, Instant now);
  /// Sends a connected peer what is due.
  void send(BranchId to, const State& state, Links& links, Instant now, Effects& out);
  /// The read asked for with a Fetch is done.
  void fetched(BranchId to, const Fetched& fetched, const State& state, Links& links, Instant now,
               Effects& out);
  Instant wake() const;

 private:
  /// What the stream to a peer does with unsent entries.
  enum class Flow : std::uint8_t {
    streaming,     ///< they go as they become due
    blocked,       ///< the window is full and more entries wait; a report opens it
    from_journal,  ///< the next ones are being read from the journal; nothing else is sent
  };

  /// Decides whether entries may go beyond a full window. It may be full of entries that wait for
  /// others, which other branches were to send. If the peer made no progress for a whole turn of
  /// patience, one batch goes beyond the window, oldest first, so that entries in it can be
  /// applied. Another batch follows with each report that this happened.
  class Overrun {
   public:
    void advanced();
    void turn();
    /// The window has space again.
    void window_opened() { beyond_ = false; }
    bool may_begin() const { return stuck_; }
    /// Takes the permission. True if no batch went beyond before.
    bool begin();

   private:
    bool advanced_ = true;  ///< whether the peer made progress since the last turn
    bool stuck_ = false;    ///< whether one batch may go
    bool beyond_ = false;   ///< whether the sent entries go beyond the window
  };

  struct Peer {
    Origin origin;
    VersionVector sent{};    ///< entries sent on this stream, or that the peer already had
    Instant heeded_since{};  ///< when it connected, in the time of `Patience::heeded`
    std::optional<Duration> round_trip{};
    int turn = 1;            ///< this branch's turn among its helpers
    bool all_due = true;     ///< whether entries of any origin may be unsent
    std::set<Origin> due{};  ///< origins with unsent entries, unless `all_due` is set
    Flow flow = Flow::streaming;
    Overrun overrun{};
    std::uint64_t next_fetch = 0;  ///< the record at which to go on reading
  };

  void release_own(const State& state, Instant now);
  bool anyone_lacks_anything(const VersionVector& applied) const;
  const VersionVector& overdue(const Peer& peer, Instant now) const;
  Sequence sendable(BranchId to, Origin origin, const VersionVector& overdue,
                    const State& state) const;
  std::size_t unconfirmed(BranchId to, const Peer& peer) const;
  std::size_t free_in_window(BranchId to, Peer& peer) const;
  void send(BranchId to, Peer& peer, std::vector<Block> blocks, Links& links, Instant now,
            Effects& out) const;

  const Topology& topology_;
  const BranchOptions& options_;
  Patience& patience_;
  const ProgressTable& progress_;
  std::map<BranchId, Peer> peers_;

  /// Own entries, and when they may leave. Empty if there is no delay.
  std::deque<std::pair<Sequence, Instant>> held_back_;
  Sequence released_;
  /// The positions applied at the latest turns of patience, in the time of `Patience::heeded`.
  /// Entries that were here a time of patience ago are passed on to any peer that still lacks them.
  /// So an entry has that long to arrive the direct way.
  std::deque<std::pair<Instant, VersionVector>> turns_;
  Instant next_turn_ = kNever;
};

}  // namespace passbook
