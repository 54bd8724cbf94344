// SPDX-License-Identifier: Apache-2.0
// The logs that a branch has applied, as chains of blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "causal/tagged_vector.h"
#include "ledger/block.h"

namespace passbook {

/// Where a log ends: its last entry, and the digest of its last block.
struct Head {
  Sequence end;
  Digest digest;

  bool operator==(const Head&) const = default;
};

/// The blocks of every origin, each log a chain: a block names the digest of the one before. Two
/// replicas whose logs have the same digest at a position have the same log up to there. The oldest
/// blocks may have left the memory; where they ended is known for longer, but not for ever.
class Logs {
 public:
  /// The end of a log; 0 and the digest of nothing when there is none.
  Head head(Origin origin) const;
  /// The ends of all logs.
  const TaggedVector& heads() const { return heads_; }

  /// Adds a block to its log. It follows the head.
  void append(const Block& block);

  enum class Match : std::uint8_t {
    same,     ///< the log here has that digest there
    other,    ///< it has another: there are two histories of the origin
    unknown,  ///< it does not reach there, or what was there is no longer known
  };
  Match compare(const TaggedPosition& position) const;

  /// The block that holds an entry, or null when it is not in memory.
  const Block* find(EntryId entry) const;
  /// The first known end of a block at or beyond an entry that is in the log.
  TaggedPosition end_covering(EntryId entry) const;

  /// Lets go of the blocks up to some positions, each the end of a block, but of no more than
  /// `most` blocks at once. True when there are no more of them.
  bool drop_up_to(const VersionVector& positions, std::size_t most = SIZE_MAX);
  /// Where blocks before the last of each log ended, as far as it is remembered; ascending.
  std::vector<TaggedPosition> earlier_ends() const;
  /// Begins again with logs that end there; `digests` in the order of the positions. `earlier` are
  /// ends before those, ascending.
  void restore(const VersionVector& positions, const std::vector<Digest>& digests,
               const std::vector<TaggedPosition>& earlier);

 private:
  struct Log {
    Head dropped;  ///< blocks up to here are no longer in memory
    std::deque<Block> blocks;
    std::deque<TaggedPosition> ends;  ///< of these blocks, and before them of as many as are known

    Head head() const;
    /// How many of the ends are before `dropped`.
    std::size_t earlier() const;
    /// The first known end at or beyond a position of this log.
    std::deque<TaggedPosition>::const_iterator end_at(const EntryId& position) const;
  };

  /// How many ends before the last are remembered of each log: 65,536 of all, if there are few
  /// logs.
  std::size_t remembered_ends() const;

  std::map<Origin, Log> logs_;
  TaggedVector heads_;  ///< the same as `head` says, at hand
};

}  // namespace passbook
