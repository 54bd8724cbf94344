// SPDX-License-Identifier: Apache-2.0
// What every other branch is known to have.
#pragma once

#include <map>
#include <vector>

#include "branch/state.h"
#include "branch/topology.h"

namespace passbook {

/// The known positions of every other branch, in its latest known process. They come from its own
/// reports, from reports that others pass on, and from the blocks it sends.
///
/// A position counts in one of two ways. The branch need not be sent entries that it `has`. Only
/// positions that are certainly in the local history are vouched for, and confirm a write.
class ProgressTable {
 public:
  explicit ProgressTable(const Topology& topology) : topology_(topology) {}

  /// A process of a branch has connected, or is heard of. Positions of the branch's other processes
  /// no longer count: its disk may now be older.
  void begin_anew(Origin branch, ProcessId process);

  enum class Counts : std::uint8_t { no, yes, anew };
  /// Whether positions of a branch's process count. They don't if another process counts: the
  /// connected one, or else the latest. Of two processes with the same counter, the one heard last
  /// is on the side of those who connect it. An incarnation does not count before the one before it
  /// is known to have ended, since anyone can claim that it exists. `anew`: it is a later process,
  /// and counts once `begin_anew` was called.
  Counts counts(Origin branch, ProcessId process, bool connected, const State& state) const;

  /// Notes that a branch no longer needs these entries. True if that is news.
  bool raise(BranchId branch, EntryId end) { return progress_[branch].has.raise(end); }
  /// Notes a position that a branch certainly holds, if `match` says so. True if that is news.
  bool vouch(BranchId branch, const TaggedPosition& position, Logs::Match match,
             const State& state);
  /// A log has grown: some positions of other branches can be compared now.
  void verify(Origin origin, const State& state);
  /// A branch gained entries of this branch's log, at a time of `Patience::heeded`.
  void moved(BranchId branch, Instant heeded) { progress_[branch].moved = heeded; }

  /// The process whose positions count.
  ProcessId process(BranchId branch) const { return of(branch).process; }
  /// The latest known incarnation of a branch.
  Incarnation incarnation(BranchId branch) const { return of(branch).incarnation; }
  /// The positions that a branch is known to have.
  const VersionVector& has(BranchId branch) const { return of(branch).has; }
  /// The number of applied entries that a branch is not known to have.
  std::uint64_t lag(Origin branch, const VersionVector& applied) const;
  /// When it last gained entries of this branch's log, as `Patience::heeded`.
  Instant last_moved(BranchId branch) const { return of(branch).moved; }

  /// How much of a log a branch certainly holds: what it vouched for. Of its own log, and of what
  /// is applied here, a branch has everything.
  Sequence vouched(BranchId branch, Origin origin) const;
  /// The other branches that are not known to have an entry, ascending.
  std::vector<BranchId> lacking(EntryId entry) const;
  /// The position in a log that `branches` branches are known to have reached. This one counts as
  /// one of them.
  Sequence held(Origin origin, std::size_t branches) const;

 private:
  struct Known {
    Incarnation incarnation{1};
    ProcessId process{};
    VersionVector has{};
    VersionVector vouched{};
    Instant moved{};
  };

  const Known& of(BranchId branch) const;

  const Topology& topology_;
  std::map<BranchId, Known> progress_;  ///< of every other branch
  /// Positions of branches in a log beyond its local end. Whether they are in this history is not
  /// known yet.
  std::map<Origin, std::map<BranchId, TaggedPosition>> ahead_;
};

}  // namespace passbook
