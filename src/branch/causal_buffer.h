// SPDX-License-Identifier: Apache-2.0
// Causal delivery: blocks wait here until their dependencies have been applied.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "branch/logs.h"
#include "branch/seals.h"
#include "causal/version_vector.h"
#include "ledger/block.h"

namespace passbook {

/// Holds blocks of other origins that can't be applied yet. Each block comes out once, in its
/// origin's order and after its dependencies. Blocks held here are not yet acknowledged to anyone.
class CausalBuffer {
 public:
  enum class Took : std::uint8_t {
    fresh,
    duplicate,
    gap,   ///< the sender broke the rule that each origin's blocks come in order; not taken
    fork,  ///< it does not follow the held blocks, or differs from the held one; not taken
  };

  /// Takes a block in. `head` is the end of the applied part of its log.
  Took offer(const Block& block, const Head& head);

  /// The next block whose dependencies `applied` covers and that no seal forbids. It is removed
  /// from the buffer. A block that releases rights of an earlier incarnation comes out only once
  /// that incarnation is known to have ended.
  std::optional<Block> next(const VersionVector& applied, const Seals& seals);

  /// Drops all blocks held of a branch's incarnations below `below`. Returns whether there were
  /// any.
  bool drop_over(BranchId branch, Incarnation below);
  /// Takes note that a process of a branch has reported `end` as the end of its log. Blocks beyond
  /// it by earlier processes were never durable anywhere, or the process would have them, so they
  /// are dropped. Blocks of the process itself stay, since they may be newer than its report.
  /// Returns whether anything was dropped.
  bool drop_beyond(EntryId end, ProcessId process);
  /// Drops all blocks held of an origin.
  void drop(Origin origin) { waiting_.erase(origin); }

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const;  ///< in blocks

 private:
  std::map<Origin, std::deque<Block>> waiting_;  ///< no deque is empty
};

}  // namespace passbook
