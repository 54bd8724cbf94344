// SPDX-License-Identifier: Apache-2.0
// Compares the past that passbooks name with the applied logs.
#pragma once

#include <vector>

#include "branch/state.h"
#include "protocol/customer_messages.h"

namespace passbook {

/// The branches named by some positions, ascending, each once.
std::vector<BranchId> branches_of(const std::vector<EntryId>& positions);
std::vector<BranchId> branches_of(const std::vector<TaggedPosition>& positions);

/// The past that must be applied before a request may be served, for the guarantees it asks for.
Passbook needed_by(const Request& request);

/// The positions that a request needs, compared with the logs as they grow. A position in another
/// history than the local one is never reached. That is the only conclusion: statements of
/// customers are no evidence of a fork.
class NeededPast {
 public:
  NeededPast(const Passbook& needed, const Logs& logs);

  /// Compares the positions that the logs have reached since the last call.
  void compare(const Logs& logs);

  /// Whether all positions are reached, and belong to the local history as far as that can be told.
  bool reached() const { return ahead_.empty() && other_.empty(); }
  /// The positions in another history than the local one.
  const std::vector<TaggedPosition>& other() const { return other_; }

 private:
  void add(const TaggedVector& needed, const Logs& logs);
  bool take(const TaggedPosition& position, const Logs& logs);

  std::vector<TaggedPosition> ahead_;  ///< not reached
  std::vector<TaggedPosition> other_;
};

/// Adds all applied positions. Those in the open block have no tag yet.
void vouch(Passbook& passbook, const State& state);

/// Replaces each applied position without a tag by the end of its block, with its tag. The open
/// block must be closed.
void tag(Passbook& passbook, const State& state);

/// The passbook with positions that were given up moved back to where the surviving logs go on. If
/// a position is in another history, the part that both histories share is unknown, so all applied
/// entries of that log stand for it.
Passbook surviving(const Passbook& passbook, const State& state);

}  // namespace passbook
