// SPDX-License-Identifier: Apache-2.0
// A branch under the adversary's control, as its peers hear it.
#pragma once

#include <optional>

#include "lab/sim/branches.h"

namespace passbook::sim {

/// The liar's process is honest; its messages are altered on the way, and more are sent in its
/// name. Each lie is something that no honest branch says, or that a peer can find out to be false.
/// The one exception is an entry of another's log with another content, which without signatures
/// can only be noticed. So the judges hold all branches to all their promises.
class Liar {
 public:
  Liar(const Setup& setup, World& world, Branches& branches);

  /// Tells a lie on one of its streams. False if it has none.
  bool lie();
  /// Alters no more messages from now on.
  void give_up() { tampers_ = false; }

 private:
  void alter(BranchId from, Envelope& envelope);
  std::optional<PeerMessage> random_message(BranchId to);
  std::optional<PeerMessage> block(BranchId to);
  PeerMessage report();
  std::optional<PeerMessage> divergence(BranchId to);
  PeerMessage request();
  Money impossible_amount();
  BranchId other_than_liar();
  bool has_only_liar_as_neighbour(BranchId branch) const;
  const State* state_of(BranchId branch) const;
  Origin origin(BranchId branch) const { return branches_.origin(branch); }

  const Setup& setup_;
  World& world_;
  Branches& branches_;
  Random random_;
  bool alone_ = false;    ///< some branch has no other neighbour, and must believe it
  bool tampers_ = false;  ///< alters the next message that can be altered
};

}  // namespace passbook::sim
