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

/// Calls `visit` with the other's positions that this vector does not cover, in order, as long as
/// it wants more. Searches this vector if the other is short; otherwise walks through both
/// together.
template <class Visit>
void VersionVector::visit_missing(const VersionVector& other, Visit visit) const {
  constexpr std::size_t kShort = 8;
  const bool search = other.positions_.size() * kShort < positions_.size();
  auto place = positions_.begin();
  for (const EntryId& wanted : other.positions_) {
    if (search) {
      place = place_of(positions_, wanted.origin);
    }
    while (place != positions_.end() && place->origin < wanted.origin) {
      ++place;
    }
    const bool reached = place != positions_.end() && place->origin == wanted.origin &&
                         place->sequence >= wanted.sequence;
    if (!reached && !visit(wanted)) {
      return;
    }
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
  for (const EntryId& position : missing(other)) {
    raise(position);
  }
}

std::optional<EntryId> VersionVector::first_missing(const VersionVector& other) const {
  std::optional<EntryId> out;
  visit_missing(other, [&](const EntryId& position) {
    out = position;
    return false;
  });
  return out;
}

std::vector<EntryId> VersionVector::missing(const VersionVector& other) const {
  std::vector<EntryId> out;
  visit_missing(other, [&](const EntryId& position) {
    out.push_back(position);
    return true;
  });
  return out;
}

}  // namespace passbook
