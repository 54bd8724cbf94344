// SPDX-License-Identifier: Apache-2.0
// Which incarnations are over, and where they ended.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "causal/version_vector.h"
#include "protocol/records.h"

namespace passbook {

/// Of what a seal says, that on which a recovery agreed.
LogEnds settled_ends(const Seal& seal);

/// What a branch has promised, and learnt, about branches that lost their disks. Of each branch
/// only the newest seal counts, since it speaks of all incarnations before.
class Seals {
 public:
  /// Takes in a seal. False when it says nothing new, or a newer one is known.
  bool put(const Seal& seal);

  /// The newest seal of a branch, or nothing.
  const Seal* find(BranchId branch) const;

  /// The last entry of an origin that may be applied; nothing while the origin lives.
  std::optional<Sequence> limit(Origin origin) const;
  bool allows(EntryId entry) const;

  /// Whether an origin is over, or promised to be.
  bool over(Origin origin) const { return limit(origin).has_value(); }
  /// Whether an origin is over, and its end was agreed on.
  bool settled(Origin origin) const;
  /// Whether an entry is surely gone from the books.
  bool lost(EntryId entry) const;
  bool lost_any(const VersionVector& positions) const;
  /// Whether whoever has this has what is gone from the books.
  bool gave_up(const TaggedPosition& position) const;
  /// What is left of some positions when those that are lost go back to where their logs ended.
  VersionVector surviving(const VersionVector& positions) const;

  /// By branch.
  std::vector<Seal> all() const;

 private:
  std::map<BranchId, Seal> seals_;
};

}  // namespace passbook
