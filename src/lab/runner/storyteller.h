// SPDX-License-Identifier: Apache-2.0
// Tells the story of a run while it happens.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "lab/runner/narration.h"
#include "lab/runner/runner.h"
#include "lab/runner/story_order.h"

namespace passbook {

/// Passes answers on at once. If branches narrate, merges answers and narration into one order, in
/// which no effect comes before its cause.
class Storyteller {
 public:
  Storyteller(RunStory& story, bool narrates, std::size_t events)
      : story_(story), narrates_(narrates), events_(events) {}

  /// A branch narrated something, which was read in pass `pass` of StoryOrder.
  void narrated(BranchId branch, std::optional<EventPlace> place, const Narrated& narrated,
                std::uint64_t pass);
  /// An event has its answer, or will have none.
  void performed(EventPlace place, const Performed& performed, Instant at, std::uint64_t pass);

  /// Everything readable in the pass has been given.
  void read_all(std::uint64_t pass);
  /// Whether something remains to be told after another pass.
  bool waits() const { return !order_.empty(); }

 private:
  void tell(BranchId branch, std::optional<EventPlace> place, const Narrated& narrated);

  RunStory& story_;
  bool narrates_;
  std::size_t events_;
  std::size_t done_ = 0;
  StoryOrder<std::function<void()>> order_;
  /// The balances told so far, of branches that have applied the event's entry.
  std::map<std::pair<EventPlace, BranchId>, Money> applied_;
};

}  // namespace passbook
