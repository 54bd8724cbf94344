// SPDX-License-Identifier: Apache-2.0
// Small numbers for large names, so that judges can use vectors.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace passbook::history {

/// An index into one of a timeline's vectors, or into the events of a history.
using Index = std::uint32_t;
inline constexpr Index kNone = ~Index{0};

/// Mixes `value` into a hash.
constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
  return hash ^ (hash >> 32U);
}

template <class Tag, class Rep>
constexpr std::uint64_t hash_of(const StrongId<Tag, Rep>& id) {
  return mixed(0, id.value);
}
constexpr std::uint64_t hash_of(const ClientId& id) {
  return mixed(hash_of(id.customer), id.session);
}
constexpr std::uint64_t hash_of(const Origin& origin) {
  return mixed(mixed(0, origin.branch.value), origin.incarnation.value);
}
constexpr std::uint64_t hash_of(const RequestId& id) {
  return mixed(mixed(hash_of(id.client), hash_of(id.origin)), id.number);
}
constexpr std::uint64_t hash_of(const EntryId& id) {
  return mixed(hash_of(id.origin), id.sequence.value);
}

/// Numbers names in the order in which they are added, from 0.
template <class Name>
class Numbering {
 public:
  /// The number of `name`, or kNone if it is unknown.
  Index find(const Name& name) const { return slots_.empty() ? kNone : slots_[slot_of(name)]; }

  /// The number of `name`, which is added if it is unknown.
  Index add(const Name& name) {
    if ((names_.size() + 1) * 2 > slots_.size()) {
      grow();
    }
    Index& slot = slots_[slot_of(name)];
    if (slot == kNone) {
      slot = size();
      names_.push_back(name);
    }
    return slot;
  }

  Index size() const { return static_cast<Index>(names_.size()); }
  const Name& operator[](Index number) const { return names_[number]; }

 private:
  std::size_t slot_of(const Name& name) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash_of(name) & mask;
    while (slots_[slot] != kNone && names_[slots_[slot]] != name) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  void grow() {
    constexpr std::size_t kFirst = 16;
    slots_.assign(slots_.empty() ? kFirst : slots_.size() * 2, kNone);
    for (Index number = 0; number < size(); ++number) {
      slots_[slot_of(names_[number])] = number;
    }
  }

  std::vector<Name> names_;
  std::vector<Index> slots_;  // a power of two of them
};

}  // namespace passbook::history
