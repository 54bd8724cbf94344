// SPDX-License-Identifier: Apache-2.0
// Tells how a run goes, while it goes.
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

/// Passes answers on at once or, when branches narrate, in one order with what they tell: no effect
/// before its cause.
class Storyteller {
 public:
  Storyteller(RunStory& story, bool narrates, std::size_t events)
      : story_(story), narrates_(narrates), events_(events) {}

  /// A branch told something, which was read in the pass of StoryOrder.
  void narrated(BranchId branch, std::optional<EventPlace> place, const Narrated& narrated,
                std::uint64_t pass);
  /// A customer had an answer, or will have none.
  void performed(EventPlace place, const Performed& performed, Instant at, std::uint64_t pass);

  /// All that was there to be read in the pass has been given.
  void read_all(std::uint64_t pass);
  /// Whether there is something to tell that another pass decides about.
  bool waits() const { return !order_.empty(); }

 private:
  void tell(BranchId branch, std::optional<EventPlace> place, const Narrated& narrated);

  RunStory& story_;
  bool narrates_;
  std::size_t events_;
  std::size_t done_ = 0;
  StoryOrder<std::function<void()>> order_;
  /// Balances of which was told: those of the branches that had applied the event's entry.
  std::map<std::pair<EventPlace, BranchId>, Money> applied_;
};

}  // namespace passbook
