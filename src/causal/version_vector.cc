// SPDX-License-Identifier: Apache-2.0
#include "causal/version_vector.h"

#include <algorithm>

namespace passbook {
namespace {

auto place_of(auto& positions, Origin origin) {
  return std::ranges::lower_bound(positions, origin, {}, &EntryId::origin);
}

}  // namespace

VersionVector::VersionVector(std::initializer_list<EntryId> positions) {
  for (const EntryId& position : positions) {
    raise(position);
  }
}

Sequence VersionVector::at(Origin origin) const {
  const auto place = place_of(positions_, origin);
  return place != positions_.end() && place->origin == origin ? place->sequence : Sequence{};
}

bool VersionVector::raise(EntryId position) {
  if (position.sequence == Sequence{}) {
    return false;
  }
  const auto place = place_of(positions_, position.origin);
  if (place == positions_.end() || place->origin != position.origin) {
    positions_.insert(place, position);
    return true;
  }
  if (place->sequence >= position.sequence) {
    return false;
  }
  place->sequence = position.sequence;
  return true;
}

void VersionVector::merge(const VersionVector& other) {
  for (const EntryId& position : other.positions_) {
    raise(position);
  }
}

std::optional<EntryId> VersionVector::first_missing(const VersionVector& other) const {
  const auto found = std::ranges::find_if(other.positions_,
                                          [&](const EntryId& wanted) { return !covers(wanted); });
  return found == other.positions_.end() ? std::nullopt : std::optional(*found);
}

std::vector<EntryId> VersionVector::missing(const VersionVector& other) const {
  std::vector<EntryId> out;
  std::ranges::copy_if(other.positions_, std::back_inserter(out),
                       [&](const EntryId& wanted) { return !covers(wanted); });
  return out;
}

}  // namespace passbook
