// SPDX-License-Identifier: Apache-2.0
#include "causal/tagged_vector.h"

#include <algorithm>

namespace passbook {
namespace {

Origin origin_of(const TaggedPosition& position) { return position.end.origin; }

auto place_of(auto& positions, Origin origin) {
  return std::ranges::lower_bound(positions, origin, {}, origin_of);
}

}  // namespace

TaggedVector::TaggedVector(std::initializer_list<TaggedPosition> positions) {
  for (const TaggedPosition& position : positions) {
    raise(position);
  }
}

std::optional<TaggedVector> TaggedVector::of(std::vector<TaggedPosition> ascending) {
  const auto is_zero = [](const TaggedPosition& p) { return p.end.sequence == Sequence{}; };
  const auto out_of_order =
      std::ranges::adjacent_find(ascending, [](Origin a, Origin b) { return a >= b; }, origin_of);
  if (out_of_order != ascending.end() || std::ranges::any_of(ascending, is_zero)) {
    return std::nullopt;
  }
  TaggedVector out;
  out.positions_ = std::move(ascending);
  return out;
}

TaggedPosition TaggedVector::at(Origin origin) const {
  const auto place = place_of(positions_, origin);
  return place != positions_.end() && origin_of(*place) == origin
             ? *place
             : TaggedPosition{{origin, Sequence{}}, Tag{}};
}

bool TaggedVector::raise(const TaggedPosition& position) {
  if (position.end.sequence == Sequence{}) {
    return false;
  }
  const auto place = place_of(positions_, origin_of(position));
  if (place == positions_.end() || origin_of(*place) != origin_of(position)) {
    positions_.insert(place, position);
    return true;
  }
  const bool rises = *place < position;
  *place = std::max(*place, position);
  return rises;
}

void TaggedVector::merge(const TaggedVector& other) {
  std::vector<TaggedPosition> merged;
  merged.reserve(positions_.size() + other.positions_.size());
  auto mine = positions_.begin();
  for (const TaggedPosition& theirs : other.positions_) {
    while (mine != positions_.end() && origin_of(*mine) < origin_of(theirs)) {
      merged.push_back(*mine++);
    }
    const bool both = mine != positions_.end() && origin_of(*mine) == origin_of(theirs);
    merged.push_back(both ? std::max(*mine++, theirs) : theirs);
  }
  merged.insert(merged.end(), mine, positions_.end());
  positions_ = std::move(merged);
}

VersionVector TaggedVector::untagged() const {
  VersionVector out;
  for (const TaggedPosition& position : positions_) {
    out.raise(position.end);
  }
  return out;
}

}  // namespace passbook
