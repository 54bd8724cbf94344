// SPDX-License-Identifier: Apache-2.0
// Which branches have streams, and which pass on whose entries first.
#pragma once

#include <vector>

#include "base/ids.h"
#include "branch/options.h"

namespace passbook {

/// The fixed plan of streams between the branches of a bank, on a ring in the order of ids.
///
/// In a full mesh, whose largest size is set in BranchOptions, an origin reaches every branch
/// directly. In a larger bank branch i has the neighbours i±1, i±2, i±4, ... An entry travels from
/// its origin along a tree. The parent of a branch at ring distance d is the branch at d without
/// its lowest binary digit. So an entry takes at most log2 N hops, each to a neighbour, and every
/// branch gets it from one neighbour only. Others that could pass it on do so only if it does not
/// arrive that way.
class Topology {
 public:
  /// `branches` are ascending and include `self`. Up to `full_mesh` of them form a full mesh.
  Topology(std::vector<BranchId> branches, BranchId self,
           std::size_t full_mesh = BranchOptions{}.full_mesh,
           MeshShape shape = BranchOptions{}.mesh_shape);

  /// Whether all branches are neighbours of each other.
  bool full_mesh() const { return mesh_; }

  /// Ascending, without `self`.
  const std::vector<BranchId>& neighbours() const { return neighbours_; }
  bool is_neighbour(BranchId other) const;

  /// Whether this branch hands an origin's entries to `to` without waiting.
  bool passes_on_at_once(BranchId origin, BranchId to) const;

  /// The branch that hands an origin's entries to this branch without waiting.
  BranchId source_of(BranchId origin) const { return parent(origin, self_); }

  /// The distance of two branches on the ring.
  std::size_t apart(BranchId a, BranchId b) const;

  /// The branches to which this one hands an origin's entries without waiting, ascending.
  std::vector<BranchId> receivers_of(BranchId origin) const;

  /// How many neighbours of another branch come before this one when it needs help: those that
  /// follow it sooner on the ring. A branch that is no neighbour of it comes last.
  std::size_t helpers_before(BranchId other) const;

  /// Whether this branch opens the stream to a neighbour: the greater id does.
  bool dials(BranchId neighbour) const { return self_ > neighbour; }

  BranchId self() const { return self_; }
  const std::vector<BranchId>& branches() const { return branches_; }
  bool contains(BranchId branch) const;

 private:
  std::size_t index_of(BranchId branch) const;
  /// The ring distance from `origin` to `to`, in (−N/2, N/2].
  std::ptrdiff_t distance(BranchId origin, BranchId to) const;
  BranchId parent(BranchId origin, BranchId to) const;
  BranchId grid_parent(BranchId origin, BranchId to) const;
  bool steps(std::size_t own, std::size_t other) const;

  MeshShape shape_;
  std::vector<BranchId> branches_;
  BranchId self_;
  bool mesh_;
  std::vector<BranchId> neighbours_;
};

}  // namespace passbook
