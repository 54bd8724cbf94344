// SPDX-License-Identifier: Apache-2.0
#include "branch/hearsay.h"

#include <algorithm>

namespace passbook {
namespace {

/// Whether a seal ends the recovery to which this branch gave its promise.
bool ends_promise(const Seal& said, const Seals& seals) {
  const Seal* promise = seals.find(said.branch);
  return promise != nullptr && !promise->final && promise->next == said.next &&
         promise->recovery == said.recovery;
}

/// Whether a seal gives up none of the entries that this branch has.
bool leaves_all(const Seal& said, const State& state) {
  Seals seals;
  seals.put(said);
  return std::ranges::none_of(state.logs().heads().positions(),
                              [&](const TaggedPosition& head) { return seals.gave_up(head); }) &&
         std::ranges::none_of(said.ends.kept, [&](const TaggedPosition& kept) {
           return state.logs().compare(kept) == Logs::Match::other;
         });
}

}  // namespace

bool agrees(const Seal& said, Origin by, const State& state) {
  const bool of_itself = by.branch == said.branch && by.incarnation >= said.next;
  return ends_promise(said, state.seals()) || (of_itself && leaves_all(said, state));
}

bool Hearsay::confirmed_end(BranchId from, const Seal& said) {
  auto& speakers = said_[said.branch];
  speakers[from] = said;
  return 2 * speakers.size() > neighbours_;
}

bool Hearsay::confirmed(BranchId from, const Seal& said) {
  auto& speakers = said_[said.branch];
  speakers[from] = said;
  const auto alike =
      std::ranges::count_if(speakers, [&](const auto& speaker) { return speaker.second == said; });
  return 2 * static_cast<std::size_t>(alike) > neighbours_;
}

}  // namespace passbook
