// SPDX-License-Identifier: Apache-2.0
// A branch that is under the adversary's control, as its peers hear it.
#pragma once

#include <optional>

#include "lab/sim/branches.h"

namespace passbook::sim {

/// The process of the liar is honest; what it says is altered on its way, and more is said in its
/// name. All of it is what no honest branch says, or what a peer can find out not to be so: nothing
/// that must be believed for want of a signature, but one thing, an entry of another's log with
/// another content, which can only be noticed. So the judges hold all branches to all that they
/// promise.
class Liar {
 public:
  Liar(const Setup& setup, World& world, Branches& branches);

  /// Says something on one of its streams. False when it has none.
  bool lie();
  /// From now on all that it says is as its process means it.
  void give_up() { tampers_ = false; }

 private:
  void alter(BranchId from, Envelope& envelope);
  std::optional<PeerMessage> something(BranchId to);
  std::optional<PeerMessage> block(BranchId to);
  PeerMessage report();
  std::optional<PeerMessage> divergence(BranchId to);
  PeerMessage request();
  Money absurd();
  BranchId other_than_liar();
  bool alone_with_it(BranchId branch) const;
  const State* state_of(BranchId branch) const;
  Origin origin(BranchId branch) const { return branches_.origin(branch); }

  const Setup& setup_;
  World& world_;
  Branches& branches_;
  Random random_;
  bool alone_ = false;    ///< some branch has no neighbour but it, and must believe it
  bool tampers_ = false;  ///< with the next message that can be altered
};

}  // namespace passbook::sim
