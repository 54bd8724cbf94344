// SPDX-License-Identifier: Apache-2.0
// Logs with two histories.
#pragma once

#include <map>
#include <string>

#include "ledger/block.h"

namespace passbook {

/// One place in a log, and the two digests seen there.
struct Fork {
  TaggedPosition here;   ///< this branch's position
  TaggedPosition there;  ///< the other branch's position, which may have another end
  BranchId by;           ///< the branch that has `there`

  bool operator==(const Fork&) const = default;
};

/// Describes a fork in words: the origin, the place and both digests.
std::string describe(const Fork& fork);

/// The forks that this branch has found while its process lives; a new process finds them again. A
/// forked log is frozen: no more of it is taken or passed on, and its rights are out of reach,
/// until the operators decide which history stands.
class Forks {
 public:
  /// False if the log is already known to be forked.
  bool add(const Fork& fork) { return forks_.emplace(fork.here.end.origin, fork).second; }
  /// Operators decided which history stands in the logs of a branch's incarnations below `below`.
  void settle(BranchId branch, Incarnation below);
  /// Forgets the forks reported by a branch that was recovered, since its log is gone.
  void withdraw(BranchId by);
  bool frozen(Origin origin) const { return forks_.contains(origin); }
  const std::map<Origin, Fork>& all() const { return forks_; }

 private:
  std::map<Origin, Fork> forks_;
};

}  // namespace passbook
