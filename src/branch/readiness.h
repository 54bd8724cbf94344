// SPDX-License-Identifier: Apache-2.0
// Whether a branch takes writes now.
#pragma once

#include <set>

#include "branch/options.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Reads go on whatever this says. Writes are refused while the disk is nearly full; they wait
/// while the branch rebuilds what it lost, and at the start, while it listens for what its peers
/// have of it: if that is more than its own disk has, it must not give the same numbers again.
class Readiness {
 public:
  enum class Obstacle : std::uint8_t { none, disk_full, recovering, listening };

  Readiness(const Topology& topology, const BranchOptions& options, const State& state);

  void begin(Instant now);
  void heard(BranchId peer);
  void checked(DiskSpace space) { disk_ = space; }
  /// To be called once a step, before the others are asked.
  void tick(Instant now);

  Obstacle obstacle() const;
  /// Whether all of this branch's own log is surely here: what is not in it was not accepted.
  bool knows_its_log() const { return state_.recovered() && !listening_; }
  bool takes_writes() const { return obstacle() == Obstacle::none; }
  const std::optional<DiskSpace>& disk() const { return disk_; }
  Instant began() const { return began_; }
  Instant wake() const { return listening_ && !options_.starts_empty ? listen_until_ : kNever; }
  /// Who must be heard before it takes writes; empty when it waits for nobody.
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
