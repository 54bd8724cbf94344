// SPDX-License-Identifier: Apache-2.0
// The applied logs, as chains of blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "causal/tagged_vector.h"
#include "ledger/block.h"

namespace passbook {

/// The end of a log: its last entry, and the digest of its last block.
struct Head {
  Sequence end;
  Digest digest;

  bool operator==(const Head&) const = default;
};

/// The blocks of every origin. Each log is a chain: a block names the digest of the one before. Two
/// replicas whose logs have the same digest at a position have the same log up to there. The oldest
/// blocks may have been dropped from memory; their ends are remembered for longer, but not for
/// ever.
class Logs {
 public:
  /// The end of a log, or 0 and the digest of nothing if there is no log.
  Head head(Origin origin) const;
  /// The ends of all logs.
  const TaggedVector& heads() const { return heads_; }

  /// Adds a block to its log. The block must follow the head.
  void append(const Block& block);

  enum class Match : std::uint8_t {
    same,     ///< the local log has that digest there
    other,    ///< it has another digest, so the origin has two histories
    unknown,  ///< the log does not reach there, or the digest there is forgotten
  };
  Match compare(const TaggedPosition& position) const;

  /// The block that holds an entry, or null if it is not in memory.
  const Block* find(EntryId entry) const;
  /// The first remembered block end at or beyond an entry of the log.
  TaggedPosition end_covering(EntryId entry) const;

  /// Drops the blocks up to some positions, each the end of a block, but no more than `most` blocks
  /// at once. True if no more of them are left.
  bool drop_up_to(const VersionVector& positions, std::size_t most = SIZE_MAX);
  /// The ends of the blocks before the last of each log, as far as they are remembered, ascending.
  std::vector<TaggedPosition> earlier_ends() const;
  /// Replaces the logs by logs that end at `positions`. `digests` are in the order of the
  /// positions. `earlier` are earlier ends, ascending.
  void restore(const VersionVector& positions, const std::vector<Digest>& digests,
               const std::vector<TaggedPosition>& earlier);

 private:
  struct Log {
    Head dropped;  ///< blocks up to here are no longer in memory
    std::deque<Block> blocks;
    /// The ends of these blocks, after as many earlier ends as are remembered.
    std::deque<TaggedPosition> ends;

    Head head() const;
    /// The number of remembered ends before that of `dropped`.
    std::size_t earlier() const;
    /// The first remembered end at or beyond a position of this log.
    std::deque<TaggedPosition>::const_iterator end_at(const EntryId& position) const;
  };

  /// How many ends before the last are remembered of each log. With few logs, 65,536 in all.
  std::size_t remembered_ends() const;

  std::map<Origin, Log> logs_;
  TaggedVector heads_;  ///< the results of `head`, cached
};

}  // namespace passbook
