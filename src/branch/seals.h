// SPDX-License-Identifier: Apache-2.0
// Which incarnations have ended, and where.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "causal/version_vector.h"
#include "protocol/records.h"

namespace passbook {

/// The log ends in a seal that a recovery agreed on.
LogEnds settled_ends(const Seal& seal);

/// The promises that a branch has made, and the ends it has learnt, about branches that lost their
/// disks. Only the newest seal of each branch counts, since it covers all earlier incarnations.
class Seals {
 public:
  /// Takes in a seal. False if it says nothing new, or a newer one is known.
  bool put(const Seal& seal);

  /// The newest seal of a branch, or nothing.
  const Seal* find(BranchId branch) const;

  /// The last entry of an origin that may be applied. Nothing while the origin has not ended.
  std::optional<Sequence> limit(Origin origin) const;
  bool allows(EntryId entry) const;

  /// Whether an origin has ended, or is promised to end.
  bool over(Origin origin) const { return limit(origin).has_value(); }
  /// Whether an origin has ended, with an agreed end.
  bool settled(Origin origin) const;
  /// Whether an entry is certainly lost.
  bool lost(EntryId entry) const;
  bool lost_any(const VersionVector& positions) const;
  /// Whether a branch with this position has entries that were given up.
  bool gave_up(const TaggedPosition& position) const;
  /// The positions, with lost ones moved back to the ends of their logs.
  VersionVector surviving(const VersionVector& positions) const;

  /// All seals, in the order of branches.
  std::vector<Seal> all() const;

 private:
  std::map<BranchId, Seal> seals_;
};

}  // namespace passbook
