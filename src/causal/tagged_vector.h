// SPDX-License-Identifier: Apache-2.0
// A version vector with tags: for each origin a position in its log, and which history of the log.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "causal/version_vector.h"

namespace passbook {

/// A version vector whose positions carry tags. A position without a tag (0) matches any history. A
/// vector remembers one history per origin: of two positions of an origin the higher one wins, and
/// of two histories of equal length the one with the larger tag, so that the order of merges does
/// not matter.
class TaggedVector {
 public:
  TaggedVector() = default;
  TaggedVector(std::initializer_list<TaggedPosition> positions);

  /// Takes the positions as they are, in linear time. Nothing unless they ascend by origin without
  /// repeats, and none is 0.
  static std::optional<TaggedVector> of(std::vector<TaggedPosition> ascending);

  /// The position of one origin, or 0 if the vector does not name it.
  TaggedPosition at(Origin origin) const;

  /// Raises one position; a lower one changes nothing. True if the position rose.
  bool raise(const TaggedPosition& position);

  /// Raises every position to at least the other's.
  void merge(const TaggedVector& other);

  /// Replaces each position without a tag by the result of `end_of`: one of the same origin, as
  /// high or higher.
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
