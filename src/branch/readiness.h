// SPDX-License-Identifier: Apache-2.0
// Whether a branch currently takes writes.
#pragma once

#include <set>

#include "branch/options.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Reads are served in any case. Writes are refused while the disk is nearly full. They wait while
/// the branch rebuilds lost data. They also wait at the start, while it listens for how far its
/// peers have its log: if they have more of it than its own disk, it must not use the same entry
/// numbers again.
class Readiness {
 public:
  enum class Obstacle : std::uint8_t { none, disk_full, recovering, listening };

  Readiness(const Topology& topology, const BranchOptions& options, const State& state);

  void begin(Instant now);
  void heard(BranchId peer);
  void checked(DiskSpace space) { disk_ = space; }
  /// Call once a step, before any other question.
  void tick(Instant now);

  Obstacle obstacle() const;
  /// Whether this branch surely has its whole own log. If so, a write that is not in it was not
  /// accepted.
  bool knows_its_log() const { return state_.recovered() && !listening_; }
  bool takes_writes() const { return obstacle() == Obstacle::none; }
  const std::optional<DiskSpace>& disk() const { return disk_; }
  Instant began() const { return began_; }
  Instant wake() const { return listening_ && !options_.starts_empty ? listen_until_ : kNever; }
  /// Neighbours that must be heard before it takes writes. Empty if it waits for none.
  std::set<BranchId> awaited() const { return listening_ ? unheard_ : std::set<BranchId>{}; }

 private:
  const BranchOptions& options_;
  const State& state_;
  std::set<BranchId> unheard_;
  Instant began_{};
  Instant listen_until_{};
  bool listening_ = true;
  std::optional<DiskSpace> disk_;
};

}  // namespace passbook
