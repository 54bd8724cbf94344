// SPDX-License-Identifier: Apache-2.0
// Tracks the known progress of other branches.
#include <algorithm>
#include <functional>

#include "branch/replication.h"

namespace passbook {

/// Notes a position that a branch certainly holds. True if that is news.
bool Replication::vouch(BranchId branch, const TaggedPosition& position, Logs::Match match,
                        const State& state) {
  const auto& [origin, end] = position.end;
  if (match == Logs::Match::unknown && end > state.logs().head(origin).end) {
    ahead_[origin].insert_or_assign(branch, position);
  }
  return match == Logs::Match::same && progress_[branch].vouched.raise(position.end);
}

/// Called when a log has grown: some positions of other branches can be compared now.
void Replication::verify(Origin origin, const State& state) {
  const auto ahead = ahead_.find(origin);
  if (ahead == ahead_.end()) {
    return;
  }
  const Sequence head = state.logs().head(origin).end;
  std::erase_if(ahead->second, [&](const auto& said) {
    const auto& [branch, position] = said;
    if (position.end.sequence > head) {
      return false;
    }
    vouch(branch, position, state.logs().compare(position), state);
    return true;
  });
  if (ahead->second.empty()) {
    ahead_.erase(ahead);
  }
}

Incarnation Replication::incarnation(BranchId branch) const {
  const auto matched = progress_.find(branch);
  return matched == progress_.end() ? Incarnation{1} : matched->second.incarnation;
}

std::uint64_t Replication::lag(Origin branch, const VersionVector& applied) const {
  const VersionVector& has = matched(branch.branch);
  std::uint64_t sum = 0;
  for (const EntryId& position : has.missing(applied)) {
    sum += position.origin == branch ? 0 : position.sequence.value - has.at(position.origin).value;
  }
  return sum;
}

const VersionVector& Replication::matched(BranchId branch) const {
  static const VersionVector kNothing;
  const auto matched = progress_.find(branch);
  return matched == progress_.end() ? kNothing : matched->second.has;
}

/// How much of a log a branch is known to have. Assumes that the position is applied here. An
/// origin counts as having its own log.
Sequence Replication::held_by(BranchId branch, Origin origin) const {
  if (branch == topology_.self() || Origin{branch, incarnation(branch)} == origin) {
    return Sequence{UINT64_MAX};
  }
  const auto progress = progress_.find(branch);
  return progress == progress_.end() ? Sequence{} : progress->second.vouched.at(origin);
}

std::vector<BranchId> Replication::lacking(EntryId entry) const {
  std::vector<BranchId> out;
  std::ranges::copy_if(topology_.branches(), std::back_inserter(out), [&](BranchId branch) {
    return held_by(branch, entry.origin) < entry.sequence;
  });
  return out;
}

std::vector<BranchId> Replication::stuck_before(EntryId entry, Instant now) const {
  const Instant sent = entry.origin.branch == topology_.self()
                           ? patience_.heeded_when_sent(entry.sequence)
                           : Instant{};
  const Instant long_ago = patience_.heeded(now) - patience_.for_calls();
  std::vector<BranchId> out = lacking(entry);
  std::erase_if(out, [&](BranchId branch) {
    const auto progress = progress_.find(branch);
    const Instant moved = progress == progress_.end() ? Instant{} : progress->second.moved;
    return std::max(moved, sent) > long_ago;
  });
  return out;
}

bool Replication::stands_still(Origin origin, Instant now) const {
  const auto grown = grown_.find(origin);
  return grown == grown_.end() || patience_.heeded(now) >= grown->second + patience_.for_calls();
}

std::uint32_t Replication::holders(EntryId entry) const {
  return static_cast<std::uint32_t>(topology_.branches().size() - lacking(entry).size());
}

Sequence Replication::held(Origin origin, std::size_t branches) const {
  std::vector<Sequence> known;
  for (const BranchId branch : topology_.branches()) {
    known.push_back(held_by(branch, origin));
  }
  const auto place = known.begin() + static_cast<std::ptrdiff_t>(branches - 1);
  std::ranges::nth_element(known, place, std::greater{});
  return *place;
}

}  // namespace passbook
