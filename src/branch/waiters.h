// SPDX-License-Identifier: Apache-2.0
// Tracks waiters for entries to be applied.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/ids.h"

namespace passbook {

/// Each waiter waits for one entry at a time. The cost of an applied entry depends on how many
/// waited for it, not on how many wait in all.
template <class Who>
class Waiters {
 public:
  /// `who` now waits for this entry, and for no other.
  void wait(Who who, EntryId entry) {
    forget(who);
    awaited_.emplace(who, entry);
    by_entry_[entry.origin].emplace(entry.sequence, who);
  }

  void forget(Who who) {
    const auto found = awaited_.find(who);
    if (found != awaited_.end()) {
      by_entry_[found->second.origin].erase({found->second.sequence, who});
      awaited_.erase(found);
    }
  }

  /// This entry and all before it in its log are applied. Returns and removes the waiters for any
  /// of them.
  std::vector<Who> applied(EntryId entry) {
    std::vector<Who> out;
    const auto log = by_entry_.find(entry.origin);
    while (log != by_entry_.end() && !log->second.empty() &&
           log->second.begin()->first <= entry.sequence) {
      out.push_back(log->second.begin()->second);
      awaited_.erase(out.back());
      log->second.erase(log->second.begin());
    }
    return out;
  }

  std::size_t size() const { return awaited_.size(); }

 private:
  std::map<Who, EntryId> awaited_;
  std::map<Origin, std::set<std::pair<Sequence, Who>>> by_entry_;
};

}  // namespace passbook
