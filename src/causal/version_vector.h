// SPDX-License-Identifier: Apache-2.0
// Version vectors: for each origin a position in its log. They say what a replica has applied, what
// a passbook holds, and what an entry waits for.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "base/ids.h"

namespace passbook {

/// A map from origin to the last sequence number included; other origins are at 0. Flat and ordered
/// by origin, because it is compared and merged far more often than it grows.
class VersionVector {
 public:
  VersionVector() = default;
  VersionVector(std::initializer_list<EntryId> positions);

  /// The position of one origin, or 0 if the vector does not name it.
  Sequence at(Origin origin) const;

  /// Raises one position; a lower one changes nothing. True if the position rose.
  bool raise(EntryId position);

  /// Raises every position to at least the other's.
  void merge(const VersionVector& other);

  bool covers(EntryId position) const { return at(position.origin) >= position.sequence; }
  bool covers(const VersionVector& other) const { return !first_missing(other).has_value(); }

  /// The other's positions that this vector does not cover.
  std::vector<EntryId> missing(const VersionVector& other) const;

  /// In the order of origins; none is 0.
  const std::vector<EntryId>& positions() const { return positions_; }
  bool empty() const { return positions_.empty(); }

  bool operator==(const VersionVector&) const = default;

 private:
  template <class Visit>
  void visit_missing(const VersionVector& other, Visit visit) const;
  std::optional<EntryId> first_missing(const VersionVector& other) const;

  std::vector<EntryId> positions_;
};

}  // namespace passbook
