// SPDX-License-Identifier: Apache-2.0
// Decides which process of each other branch counts.
#pragma once

#include <map>

#include "base/ids.h"
#include "ledger/block.h"

namespace passbook {

/// A branch should be run by one process at a time. Each process has a counter, raised durably when
/// it starts, and a random nonce. Any branch that hears of two live processes of one branch
/// compares them here. The one with the lower counter must stop; if the counters are equal, the one
/// that was heard second.
class Processes {
 public:
  /// A process of a branch announces itself, with a log that covers the local copy. `connected` is
  /// whether the registered process is connected. Returns the process that counts: the new one,
  /// which is now registered, or the one to which it must give way.
  ProcessId register_or_refuse(Origin branch, ProcessId process, bool connected);

 private:
  struct Registered {
    Origin branch;
    ProcessId process;
  };
  std::map<BranchId, Registered> registered_;
};

}  // namespace passbook
