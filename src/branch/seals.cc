// SPDX-License-Identifier: Apache-2.0
#include "branch/seals.h"

#include <algorithm>

namespace passbook {
namespace {

Sequence end_of(const Seal& seal, Origin origin) {
  const auto end = std::ranges::find(seal.ends.kept, origin,
                                     [](const TaggedPosition& kept) { return kept.end.origin; });
  return end == seal.ends.kept.end() ? Sequence{} : end->end.sequence;
}

}  // namespace

LogEnds settled_ends(const Seal& seal) {
  LogEnds out = seal.ends;
  const auto open = [&](const TaggedPosition& place) {
    return place.end.origin.incarnation >= settled_below(seal);
  };
  std::erase_if(out.kept, open);
  std::erase_if(out.given_up, open);
  return out;
}

bool Seals::put(const Seal& seal) {
  const auto known = seals_.find(seal.branch);
  if (known == seals_.end()) {
    seals_.emplace(seal.branch, seal);
    return true;
  }
  const bool newer = seal.next > known->second.next ||
                     (seal.next == known->second.next && seal.final && !known->second.final);
  if (newer) {
    known->second = seal;
  }
  return newer;
}

const Seal* Seals::find(BranchId branch) const {
  const auto found = seals_.find(branch);
  return found == seals_.end() ? nullptr : &found->second;
}

std::optional<Sequence> Seals::limit(Origin origin) const {
  const Seal* seal = find(origin.branch);
  if (seal == nullptr || origin.incarnation >= seal->next) {
    return std::nullopt;
  }
  return end_of(*seal, origin);
}

bool Seals::allows(EntryId entry) const {
  const auto last = limit(entry.origin);
  return !last || entry.sequence <= *last;
}

bool Seals::settled(Origin origin) const {
  const Seal* seal = find(origin.branch);
  return seal != nullptr && origin.incarnation < settled_below(*seal);
}

bool Seals::lost(EntryId entry) const { return settled(entry.origin) && !allows(entry); }

bool Seals::lost_any(const VersionVector& positions) const {
  return std::ranges::any_of(positions.positions(),
                             [&](const EntryId& position) { return lost(position); });
}

bool Seals::gave_up(const TaggedPosition& position) const {
  const auto given_up = [&] {
    const auto& places = find(position.end.origin.branch)->ends.given_up;
    return std::ranges::binary_search(places, position);
  };
  return settled(position.end.origin) && (!allows(position.end) || given_up());
}

VersionVector Seals::surviving(const VersionVector& positions) const {
  VersionVector out;
  for (const EntryId& position : positions.positions()) {
    out.raise(lost(position) ? EntryId{position.origin, *limit(position.origin)} : position);
  }
  return out;
}

std::vector<Seal> Seals::all() const {
  std::vector<Seal> out;
  for (const auto& [branch, seal] : seals_) {
    out.push_back(seal);
  }
  return out;
}

}  // namespace passbook
