// SPDX-License-Identifier: Apache-2.0
// For each origin, how much of its log is meant, and of which of its histories.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "causal/version_vector.h"

namespace passbook {

/// A version vector whose positions carry tags. A position without one (tag 0) means whatever the
/// log is. Of two positions of an origin the higher one counts; of two histories that have the same
/// length, the one with the larger tag, so that merging does not depend on the order: a vector
/// remembers one history of an origin and no more.
class TaggedVector {
 public:
  TaggedVector() = default;
  TaggedVector(std::initializer_list<TaggedPosition> positions);

  /// Takes positions as they are, in linear time. Nothing unless they ascend by origin, each once,
  /// and none is 0.
  static std::optional<TaggedVector> of(std::vector<TaggedPosition> ascending);

  /// The position of one origin; 0 when it is not named.
  TaggedPosition at(Origin origin) const;

  /// Raises one position; a lower one changes nothing. True when it rose.
  bool raise(const TaggedPosition& position);

  /// Raises every position to at least the other's.
  void merge(const TaggedVector& other);

  /// Puts what `end_of` gives in the place of each position without a tag: one of the same origin,
  /// as high or higher.
  template <class EndOf>
  void tag_with(EndOf end_of) {
    for (TaggedPosition& position : positions_) {
      if (position.tag == Tag{}) {
        position = end_of(position);
      }
    }
  }

  VersionVector untagged() const;

  /// In the order of origins; none is 0.
  const std::vector<TaggedPosition>& positions() const { return positions_; }
  bool empty() const { return positions_.empty(); }

  bool operator==(const TaggedVector&) const = default;

 private:
  std::vector<TaggedPosition> positions_;
};

}  // namespace passbook
