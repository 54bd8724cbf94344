// SPDX-License-Identifier: Apache-2.0
// Everything that goes wrong in a simulated bank, except faults of single messages.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "lab/sim/liar.h"
#include "lab/sim/operators.h"

namespace passbook::sim {

/// Strikes as often as the setup says, and mends what it broke. It keeps to faults that the design
/// promises to survive: one disk at a time is lost or replaced by an old copy, and the peers of an
/// old copy can be heard when it starts, unless the setup asks for the contrary.
class Adversary {
 public:
  Adversary(const Setup& setup, World& world, Network& network, Branches& branches,
            Operators& operators);

  void begin();
  /// Makes these branches unavailable until `give_up`: dead, or together where the others can't
  /// reach them.
  void make_unavailable(const std::vector<BranchId>& away, bool dead);
  /// Strikes no more, and mends everything that it can. The operators do the rest.
  void give_up();

  void happen(const TroubleStrikes& strikes);
  void happen(const TroubleEnds& ends);

 private:
  Every every(Trouble kind) const;
  void plan_next(Trouble kind);
  BranchId victim();
  bool strike(Trouble kind);
  bool strike_network();
  void cut(std::uint64_t number, std::vector<Network::Way> ways);
  void heal(std::uint64_t number);
  void show(const std::vector<Network::Way>& ways, trace::Act act);
  void end_partition(const TroubleEnds& ends);
  bool strike_disk(Trouble kind, BranchId branch);
  void put_back_old_disk(BranchId branch, bool alone);
  void cut_off(BranchId branch, Duration lasts);
  void cut_off_together(const std::vector<BranchId>& away);
  bool begin_twin(BranchId branch);
  void overtake(BranchId branch);
  void send_away(BranchId branch);
  void kill(BranchId branch, bool silently);
  bool all_others_run(BranchId branch) const;
  bool may_lose_a_disk(BranchId branch);

  const Setup& setup_;
  World& world_;
  Network& network_;
  Branches& branches_;
  Operators& operators_;
  Liar liar_;
  Random random_;
  Random old_disks_;
  Random twins_;
  Random away_;
  bool over_ = false;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, std::vector<Network::Way>> flapping_;
  bool one_is_away_ = false;
  std::set<BranchId> may_differ_;  ///< branches whose logs may have two histories, because of an
                                   ///< old disk
  Instant quiet_until_{};
  Instant disks_safe_until_{};
};

}  // namespace passbook::sim
