// SPDX-License-Identifier: Apache-2.0
// Who streams to whom, and who passes on whose entries first.
#pragma once

#include <vector>

#include "base/ids.h"

namespace passbook {

/// Up to this many branches, everyone is everyone's neighbour.
inline constexpr std::size_t kFullMesh = 16;

/// The fixed plan of streams between the branches of a bank, on a ring in the order of ids.
///
/// In a full mesh an origin reaches everyone itself. In a larger bank branch i has the neighbours
/// i±1, i±2, i±4, ...; an entry travels from its origin along a tree in which the parent of a
/// branch at ring distance d is the one at d without its lowest binary digit: at most log2 N
/// hops, each to a neighbour, and every branch gets it from one neighbour only. Others who could
/// pass it on do so only when it does not arrive that way.
class Topology {
 public:
  /// `branches` ascending, with `self` among them.
  Topology(std::vector<BranchId> branches, BranchId self);

  /// Ascending; without `self`.
  const std::vector<BranchId>& neighbours() const { return neighbours_; }
  bool is_neighbour(BranchId other) const;

  /// Whether this branch is the one that hands an origin's entries to `to` without waiting.
  bool passes_on_at_once(BranchId origin, BranchId to) const;

  /// The one that hands an origin's entries to this branch without waiting.
  BranchId source_of(BranchId origin) const { return parent(origin, self_); }

  /// Those to whom this branch hands an origin's entries without waiting; ascending.
  std::vector<BranchId> receivers_of(BranchId origin) const;

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

  std::vector<BranchId> branches_;
  BranchId self_;
  std::vector<BranchId> neighbours_;
};

}  // namespace passbook
