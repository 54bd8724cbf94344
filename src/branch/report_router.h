// SPDX-License-Identifier: Apache-2.0
// Decides which branches are told of this branch's progress and that of others.
#pragma once

#include <map>
#include <optional>
#include <ranges>
#include <set>
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

/// Progress reports travel against the stream of entries. They go to the peer that hands this
/// branch the entries, together with the reports of the branches behind this one, and that peer
/// passes them on towards the origin. All other peers are told a little later, so that they need
/// not pass on entries that are here already.
///
/// The other way go announcements: each origin says how much of its log all branches have. Then no
/// branch need tell all its neighbours that it has those entries, too.
class ReportRouter {
 public:
  ReportRouter(const Topology& topology, const BranchOptions& options, const Patience& patience,
               const ProgressTable& progress)
      : topology_(topology), options_(options), patience_(patience), progress_(progress) {}

  void connected(BranchId peer, Instant now);
  /// `applied` is what had been noted as applied.
  void disconnected(BranchId peer, const VersionVector& applied);
  /// The connected peers, ascending.
  auto peers() const { return std::views::keys(peers_); }
  bool is_connected(BranchId branch) const { return peers_.contains(branch); }
  /// When a branch connected, if it is connected.
  std::optional<Instant> connected_since(BranchId branch) const;
  /// What was passed on for a branch was of an earlier process.
  void begin_anew(BranchId branch) { passed_on_.erase(branch); }

  /// A report from a peer, about itself or another branch.
  struct Said {
    BranchId from;
    Report report;
    /// Whether the peer asks to pass it on, whatever branch it is about.
    bool by_another_way = false;
  };
  /// Passes on a report about a log if that is due.
  void pass_on(const Said& said, const State& state);

  /// A branch gained entries of this branch's log, so all may have more of it.
  void check_everywhere_soon(Instant now);
  /// A peer passes on how much of its log all branches have, as the log's origin says. Returns the
  /// peers that are known to have that from now on.
  std::vector<BranchId> hear_everywhere(BranchId from, const TaggedPosition& position,
                                        const State& state, Instant now);

  /// A log has grown here.
  void grown(Origin origin);
  /// Entries were applied here.
  void applied(Instant now);
  /// A peer has sent entries that were here already: it has not heard of that.
  void sent_again(BranchId peer, EntryId end);

  /// Once a step, before `send`.
  void turn(const State& state, Instant now);
  /// Sends a connected peer what is due.
  void send(BranchId to, const State& state, Links& links, Instant now, Effects& out);
  Instant wake() const;

  /// The branches to which this one hands an origin's entries.
  const std::vector<BranchId>& receivers(BranchId origin);

 private:
  struct Peer {
    VersionVector acked{};          ///< this branch's progress, as reported on this stream
    std::set<Origin> unreported{};  ///< origins whose progress it waits to hear
    bool fresh = true;              ///< whether nothing was reported yet
    std::map<std::pair<Origin, Origin>, Report> reports{};  ///< of other branches, to pass on
    std::set<Origin> everywhere{};  ///< logs of which it must be told how much all branches have
    /// All branches have this, so neither side need tell the other.
    VersionVector presumed{};
    std::set<Origin> unaware{};        ///< logs of which it sent entries that were here already
    Instant gathering_until = kNever;  ///< when reports that wait for others are sent without them
    Instant since{};                   ///< when it connected
  };

  std::vector<Peer*> towards(BranchId origin, std::optional<BranchId> not_to);
  bool strays(BranchId origin) const;
  void say_by_another_way(const State& state);
  void note_held_by_all(const State& state, Instant now);
  void spread(EntryId everywhere);
  void tell_everywhere(Peer& peer, const State& state, Progress& progress);
  bool all_receivers_have(EntryId position);
  std::vector<EntryId> unreported(const Peer& peer, const State& state) const;
  static void send(BranchId to, Progress progress, Links& links, Instant now, Effects& out);

  const Topology& topology_;
  const BranchOptions& options_;
  const Patience& patience_;
  const ProgressTable& progress_;
  std::map<BranchId, Peer> peers_;
  std::map<BranchId, std::vector<BranchId>> receivers_;  ///< Topology::receivers_of, cached

  /// By branch, the reports passed on for peers that asked for it.
  std::map<BranchId, VersionVector> passed_on_;
  std::set<Origin> astray_;  ///< logs for which this branch's reports may not arrive

  VersionVector everywhere_;       ///< how much of each log all branches have, as its origin says
  Instant looks_at_all_ = kNever;  ///< when to check next how much of the own log all branches have
  Instant told_of_all_{};          ///< when progress of that was last announced

  Instant next_report_ = kNever;
  bool to_all_ = false;  ///< whether all peers are told of everything in this step
};

}  // namespace passbook
