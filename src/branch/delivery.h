// SPDX-License-Identifier: Apache-2.0
// Taking in what peers have of logs: blocks, and positions that show whose history it is.
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

/// Clocks tick once an event: no honest one gets here. A message whose clock is beyond this moves
/// no clock: so nobody can drive others to where what they say is refused.
inline constexpr Stamp kHighestClock{std::uint64_t{1} << 60U};
/// A block or a claim with a later stamp is taken only from close by: whoever has heard of one that
/// is here may go on from it.
inline constexpr Stamp kHighestStamp{std::uint64_t{1} << 61U};

/// Whether a stamp can be taken where the clock is there.
bool is_plausible(Stamp stamp, Stamp clock);

/// Decides which blocks of other origins may be applied, and when: those of this bank that follow
/// what is here, after what they depend on. Whoever has another history of a log shows it by a
/// digest: of another branch's log, that is noted, and the log is frozen; of this branch's own, the
/// branch must stop.
class Delivery {
 public:
  Delivery(const Topology& topology, const BranchOptions& options, State& state)
      : topology_(topology), options_(options), state_(state) {}

  /// Takes in a block, as far as it goes. What the peer has sent that no peer may send, or nothing.
  std::optional<std::string> take(BranchId from, const Block& block, Effects& out);
  /// The next block to be applied, or nothing. What breaks a rule is left out.
  std::optional<Block> next(Effects& out);

  /// A peer says that what is here was given up. False if it can't be so.
  bool diverges(const Divergence& divergence, BranchId by, Effects& out);
  /// What a branch has of a log. Why this branch must stop, or nothing.
  std::optional<std::string> compare(const TaggedPosition& theirs, BranchId by, Effects& out);

  /// Whether anything was dropped that counts now, so that whoever sent it must send it again.
  /// Once.
  bool needs_again();

  /// As in CausalBuffer.
  bool drop_beyond(EntryId end, ProcessId process) { return buffer_.drop_beyond(end, process); }
  /// The logs of some incarnations of a branch have an agreed end: what waits may lead elsewhere,
  /// and is dropped. Who sent it does not know of that.
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
  /// Logs that are not taken while a log is frozen: that log, and those which rest on another
  /// history of it.
  std::map<Origin, Origin> passed_over_;
  bool dropped_ = false;
  Stamp latest_;  ///< of what was taken in, though it may still wait
};

}  // namespace passbook
