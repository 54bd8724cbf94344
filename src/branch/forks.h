// SPDX-License-Identifier: Apache-2.0
// Logs of which two histories were seen.
#pragma once

#include <map>
#include <string>

#include "ledger/block.h"

namespace passbook {

/// One place of a log, and the two digests that were seen there.
struct Fork {
  TaggedPosition here;   ///< what this branch has
  TaggedPosition there;  ///< what the other has; it may end elsewhere
  BranchId by;           ///< who has it

  bool operator==(const Fork&) const = default;
};

/// In words that name the origin, the place and both digests.
std::string describe(const Fork& fork);

/// The forks that this branch has come across, while its process lives: it finds them again. A
/// forked log is frozen: nothing more of it is taken or passed on, and its rights are out of reach,
/// until those who run the bank have decided which history stands.
class Forks {
 public:
  /// False when it is known that the log is forked.
  bool add(const Fork& fork) { return forks_.emplace(fork.here.end.origin, fork).second; }
  /// It was decided which history of the logs of these incarnations of a branch stands.
  void settle(BranchId branch, Incarnation below);
  /// What a branch had is gone: it was recovered.
  void withdraw(BranchId by);
  bool frozen(Origin origin) const { return forks_.contains(origin); }
  const std::map<Origin, Fork>& all() const { return forks_; }

 private:
  std::map<Origin, Fork> forks_;
};

}  // namespace passbook
