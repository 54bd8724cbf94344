// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/storyteller.h"

namespace passbook {

void Storyteller::narrated(BranchId branch, std::optional<EventPlace> place,
                           const Narrated& narrated, std::uint64_t pass) {
  order_.add(narrated.at, pass, [this, branch, place, narrated] { tell(branch, place, narrated); });
}

void Storyteller::performed(EventPlace place, const Performed& performed, Instant at,
                            std::uint64_t pass) {
  ++done_;
  if (!narrates_) {
    story_.performed(place, performed, done_, events_);
    return;
  }
  order_.add(at, pass, [this, place, performed, done = done_] {
    story_.performed(place, performed, done, events_);
  });
}

void Storyteller::read_all(std::uint64_t pass) {
  for (const auto& told : order_.take(pass)) {
    told();
  }
}

void Storyteller::tell(BranchId branch, std::optional<EventPlace> place, const Narrated& narrated) {
  if (place && narrated.arrives) {
    story_.arrived(*place);
  }
  if (place && narrated.applied) {
    applied_[{*place, branch}] = *narrated.applied;
  }
  if (place && narrated.confirmed) {
    const auto balance = applied_.find({*place, *narrated.confirmed});
    if (balance != applied_.end()) {
      story_.narrated(place, {confirmation(branch, *narrated.confirmed, balance->second)});
      return;
    }
  }
  story_.narrated(place, narrated.lines);
}

}  // namespace passbook
