// SPDX-License-Identifier: Apache-2.0
// What passbooks say of the past, beside what this branch knows of it.
#pragma once

#include <vector>

#include "branch/state.h"
#include "protocol/customer_messages.h"

namespace passbook {

/// The branches named by some positions; ascending, each once.
std::vector<BranchId> branches_of(const std::vector<EntryId>& positions);
std::vector<BranchId> branches_of(const std::vector<TaggedPosition>& positions);

/// The past that must be here before a request may be served, for the guarantees that it asks for.
Passbook needed_by(const Request& request);

/// What a request needs of the logs, compared with them as they grow. A position of another history
/// than the one here is never reached. Nothing is concluded from it but that: what customers say is
/// no evidence of a fork.
class NeededPast {
 public:
  NeededPast(const Passbook& needed, const Logs& logs);

  /// Compares what the logs have reached since.
  void compare(const Logs& logs);

  /// Whether all of it is reached, and is what was meant as far as that can be told.
  bool reached() const { return ahead_.empty() && other_.empty(); }
  /// What is of another history than the one here.
  const std::vector<TaggedPosition>& other() const { return other_; }

 private:
  void add(const TaggedVector& needed, const Logs& logs);
  bool take(const TaggedPosition& position, const Logs& logs);

  std::vector<TaggedPosition> ahead_;  ///< not reached
  std::vector<TaggedPosition> other_;
};

/// Adds all that is applied here. What is in the open block has no tag yet.
void vouch(Passbook& passbook, const State& state);

/// Where a position has no tag and is applied here: gives it the end of its block, with its tag.
/// The open block has been closed.
void tag(Passbook& passbook, const State& state);

/// What is left of a passbook when what was given up goes back to where the logs go on to: of an
/// other history, the part that both may share can't be told, so that all that is here stands for
/// it.
Passbook surviving(const Passbook& passbook, const State& state);

}  // namespace passbook
