// SPDX-License-Identifier: Apache-2.0
// Takes in peers' blocks, and compares their positions to find logs with two histories.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "branch/causal_buffer.h"
#include "branch/options.h"
#include "branch/state.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// Clocks tick once an event, so no honest clock gets this high. A message with a higher clock does
/// not move the local clock. So nobody can drive other branches to stamps that their peers refuse.
inline constexpr Stamp kHighestClock{std::uint64_t{1} << 60U};
/// A block or a claim with a later stamp is taken only if the stamp is close to the local clock. A
/// branch that has heard of such a stamp may go on from it.
inline constexpr Stamp kHighestStamp{std::uint64_t{1} << 61U};

/// Whether a stamp can be taken when the local clock is at `clock`.
bool is_plausible(Stamp stamp, Stamp clock);

/// Decides which blocks of other origins may be applied, and when: blocks of this bank that follow
/// the applied ones, after their dependencies. A digest shows when a peer has another history of a
/// log. If the log is another branch's, the fork is noted and the log is frozen. If it is this
/// branch's own, the branch must stop.
class Delivery {
 public:
  Delivery(const Topology& topology, const BranchOptions& options, State& state)
      : topology_(topology), options_(options), state_(state) {}

  /// Takes in a block, as far as possible. Returns the rule that the peer broke by sending it, or
  /// nothing.
  std::optional<std::string> take(BranchId from, const Block& block, Effects& out);
  /// The next block to be applied, or nothing. Blocks that break a rule are left out.
  std::optional<Block> next(Effects& out);

  /// A peer says that entries of this branch were given up. False if that is impossible.
  bool diverges(const Divergence& divergence, BranchId by, Effects& out);
  /// Compares another branch's position in a log with the local log. Returns why this branch must
  /// stop, or nothing.
  std::optional<std::string> compare(const TaggedPosition& theirs, BranchId by, Effects& out);

  /// The number of blocks that wait for others.
  std::size_t unfinished() const { return buffer_.size(); }

  /// Whether any dropped block is needed after all, so that its sender must send it again. Reading
  /// this resets it.
  bool needs_again();

  /// As in CausalBuffer.
  bool drop_beyond(EntryId end, ProcessId process) { return buffer_.drop_beyond(end, process); }
  /// The logs of a branch's incarnations below `below` have an agreed end. Their waiting blocks may
  /// go beyond it, so they are dropped. Their sender does not know of the end.
  void drop_over(BranchId branch, Incarnation below);

 private:
  std::optional<std::string> objection(const Block& block);
  std::optional<std::string> objection(const Entry& entry) const;
  void note_fork(const TaggedPosition& theirs, BranchId by, Effects& out);
  bool rests_on_other_history(const Block& block, Effects& out);
  bool breaks_rules(const Block& block, Effects& out);

  const Topology& topology_;
  const BranchOptions& options_;
  State& state_;
  CausalBuffer buffer_;
  /// Logs that are not taken while a log is frozen, each with that frozen log: it is the same log,
  /// or the first rests on another history of it.
  std::map<Origin, Origin> passed_over_;
  bool dropped_ = false;
  Stamp latest_;  ///< of all blocks taken in, including those that still wait
};

}  // namespace passbook
