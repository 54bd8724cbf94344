// SPDX-License-Identifier: Apache-2.0
// Seals reported by peers, and whether to believe them.
#pragma once

#include <cstddef>
#include <map>

#include "base/ids.h"
#include "branch/state.h"
#include "protocol/records.h"

namespace passbook {

/// Whether local knowledge is enough to believe a final seal that a peer reports. It is if the seal
/// ends the recovery to which this branch gave its promise, or if the recovered branch itself
/// reports it and it keeps every entry that this branch has.
bool agrees(const Seal& said, Origin by, const State& state);

/// Seals that could not be believed at once. A single peer may be wrong or lie, so a seal is
/// believed once more than half of the neighbours have reported it.
class Hearsay {
 public:
  explicit Hearsay(std::size_t neighbours) : neighbours_(neighbours) {}

  /// Records the report. Whether enough neighbours, `from` included, have said that the branch's
  /// incarnations below `next` have ended.
  bool confirmed_end(BranchId from, const Seal& said);
  /// Records the report. Whether enough neighbours have reported exactly this seal.
  bool confirmed(BranchId from, const Seal& said);

 private:
  std::size_t neighbours_;
  /// By branch and reporter, the latest report.
  std::map<BranchId, std::map<BranchId, Seal>> said_;
};

}  // namespace passbook
