// SPDX-License-Identifier: Apache-2.0
// Seals that peers tell of, and how far they are believed.
#pragma once

#include <cstddef>
#include <map>

#include "base/ids.h"
#include "branch/state.h"
#include "protocol/records.h"

namespace passbook {

/// Whether a final seal that a peer tells of can be believed because of what is known here: it is
/// the end of the recovery to which this branch gave its promise; or the recovered branch itself
/// says it, and it leaves everything that this branch has in place.
bool agrees(const Seal& said, Origin by, const State& state);

/// What peers said that could not be believed at once. One of them may be wrong, or lie: what more
/// than half of the neighbours say is taken to be so.
class Hearsay {
 public:
  explicit Hearsay(std::size_t neighbours) : neighbours_(neighbours) {}

  /// Whether enough have said that the branch's incarnations below `next`, this one among them, are
  /// over.
  bool confirmed_end(BranchId from, const Seal& said);
  /// Whether enough have said just this.
  bool confirmed(BranchId from, const Seal& said);

 private:
  std::size_t neighbours_;
  std::map<BranchId, std::map<BranchId, Seal>> said_;  ///< of a branch, by whom: the latest
};

}  // namespace passbook
