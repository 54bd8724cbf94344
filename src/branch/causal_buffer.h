// SPDX-License-Identifier: Apache-2.0
// Causal delivery: blocks wait here until what they depend on has been applied.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "branch/logs.h"
#include "branch/seals.h"
#include "causal/version_vector.h"
#include "ledger/block.h"

namespace passbook {

/// Holds blocks of other origins that can't be applied yet. Each comes out once, in its origin's
/// order, after its dependencies. What is here counts for nothing yet: nobody was told of it.
class CausalBuffer {
 public:
  enum class Took : std::uint8_t {
    fresh,
    duplicate,
    gap,   ///< the sender broke the rule that each origin's blocks come in order; not taken
    fork,  ///< it does not follow what is held, or is another block than what is; not taken
  };

  /// Takes a block in. `head` is how far its log is applied.
  Took offer(const Block& block, const Head& head);

  /// The next block whose dependencies `applied` covers and that no seal forbids; it is no longer
  /// held. Rights of an earlier incarnation are released only once that is known to be over.
  std::optional<Block> next(const VersionVector& applied, const Seals& seals);

  /// Drops all that is held of a branch's incarnations below one. Whether there was anything.
  bool drop_over(BranchId branch, Incarnation below);
  /// A process of a branch says that its log ends there. Blocks beyond, of earlier processes, were
  /// never durable anywhere, or it would have them: they are dropped. Its own may be newer than
  /// what it said: they stay. Whether anything was dropped.
  bool drop_beyond(EntryId end, ProcessId process);
  /// Drops all that is held of an origin.
  void drop(Origin origin) { waiting_.erase(origin); }

  bool empty() const { return waiting_.empty(); }

 private:
  std::map<Origin, std::deque<Block>> waiting_;  ///< no deque is empty
};

}  // namespace passbook
