// SPDX-License-Identifier: Apache-2.0
// Which process of each other branch is the one that counts.
#pragma once

#include <map>

#include "base/ids.h"
#include "ledger/block.h"

namespace passbook {

/// A branch is run by one process at a time. Each process has a counter, raised durably when it
/// starts, and a random nonce. Two that live at once are told apart here, by whoever hears of both:
/// the one that counts less must stop; of two that count alike, the one that came second.
class Processes {
 public:
  /// A process of a branch says that it lives, with a log that covers what is held of it here.
  /// `connected`: whether the registered one is. The process that counts: the one that spoke, which
  /// is registered now, or the one that it must give way to.
  ProcessId register_or_refuse(Origin branch, ProcessId process, bool connected);

 private:
  struct Registered {
    Origin branch;
    ProcessId process;
  };
  std::map<BranchId, Registered> registered_;
};

}  // namespace passbook
