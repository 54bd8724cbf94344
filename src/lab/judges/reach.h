// SPDX-License-Identifier: Apache-2.0
// How far replicas and clients are in each origin's log, derived from lists of entries.
#pragma once

#include <algorithm>
#include <vector>

#include "lab/judges/timeline.h"

namespace passbook::history {

/// For each origin, the last entry that is present. Logs are applied in order, so this determines
/// which entries are present.
class Reach {
 public:
  std::uint64_t of(Index origin) const { return origin < last_.size() ? last_[origin] : 0; }

  void set(Index origin, std::uint64_t sequence) {
    if (origin >= last_.size()) {
      last_.resize(origin + 1, 0);
    }
    last_[origin] = sequence;
  }

  void raise(Index origin, std::uint64_t sequence) { set(origin, std::max(of(origin), sequence)); }

  void merge(const Reach& other) {
    if (other.last_.size() > last_.size()) {
      last_.resize(other.last_.size(), 0);
    }
    for (std::size_t origin = 0; origin < other.last_.size(); ++origin) {
      last_[origin] = std::max(last_[origin], other.last_[origin]);
    }
  }

  void clear() { last_.clear(); }
  bool empty() const { return last_.empty(); }
  /// Origins from this number on have no entries.
  Index size() const { return static_cast<Index>(last_.size()); }

 private:
  std::vector<std::uint64_t> last_;
};

/// The reach of one replica, which follows its events.
inline void follow(const Timeline& timeline, Index event, Reach& reach) {
  const Fact& fact = timeline.facts[event];
  if (fact.kind == EventKind::applied) {
    const EntryFacts& entry = timeline.entries[timeline.holdings[fact.link].entry];
    reach.raise(entry.origin, entry.id.sequence.value);
  } else if (fact.kind == EventKind::started) {
    for (const Index holding : timeline.undone(event)) {
      const EntryFacts& entry = timeline.entries[timeline.holdings[holding].entry];
      const std::uint64_t sequence = entry.id.sequence.value;
      reach.set(entry.origin, std::min(reach.of(entry.origin), sequence - (sequence > 0 ? 1 : 0)));
    }
  }
}

}  // namespace passbook::history
