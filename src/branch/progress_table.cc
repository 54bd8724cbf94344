// SPDX-License-Identifier: Apache-2.0
#include "branch/progress_table.h"

#include <algorithm>
#include <functional>

namespace passbook {

const ProgressTable::Known& ProgressTable::of(BranchId branch) const {
  static const Known kNothing;
  const auto known = progress_.find(branch);
  return known == progress_.end() ? kNothing : known->second;
}

void ProgressTable::begin_anew(Origin branch, ProcessId process) {
  progress_[branch.branch] = {branch.incarnation, process};
  std::ranges::for_each(ahead_, [&](auto& said) { said.second.erase(branch.branch); });
}

ProgressTable::Counts ProgressTable::counts(Origin branch, ProcessId process, bool connected,
                                            const State& state) const {
  const bool began = branch.incarnation == Incarnation{1} ||
                     state.seals().over({branch.branch, Incarnation{branch.incarnation.value - 1}});
  if (!began) {
    return Counts::no;
  }
  const Known& known = of(branch.branch);
  if (branch.incarnation == known.incarnation && process == known.process) {
    return Counts::yes;
  }
  const bool earlier = std::pair(branch.incarnation, process.counter) <
                       std::pair(known.incarnation, known.process.counter);
  return earlier || connected ? Counts::no : Counts::anew;
}

bool ProgressTable::vouch(BranchId branch, const TaggedPosition& position, Logs::Match match,
                          const State& state) {
  const auto& [origin, end] = position.end;
  if (match == Logs::Match::unknown && end > state.logs().head(origin).end) {
    ahead_[origin].insert_or_assign(branch, position);
  }
  return match == Logs::Match::same && progress_[branch].vouched.raise(position.end);
}

void ProgressTable::verify(Origin origin, const State& state) {
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

std::uint64_t ProgressTable::lag(Origin branch, const VersionVector& applied) const {
  const VersionVector& known = has(branch.branch);
  std::uint64_t sum = 0;
  for (const EntryId& position : known.missing(applied)) {
    sum +=
        position.origin == branch ? 0 : position.sequence.value - known.at(position.origin).value;
  }
  return sum;
}

Sequence ProgressTable::vouched(BranchId branch, Origin origin) const {
  if (branch == topology_.self() || Origin{branch, incarnation(branch)} == origin) {
    return Sequence{UINT64_MAX};
  }
  return of(branch).vouched.at(origin);
}

std::vector<BranchId> ProgressTable::lacking(EntryId entry) const {
  std::vector<BranchId> out;
  std::ranges::copy_if(topology_.branches(), std::back_inserter(out), [&](BranchId branch) {
    return vouched(branch, entry.origin) < entry.sequence;
  });
  return out;
}

Sequence ProgressTable::held(Origin origin, std::size_t branches) const {
  std::vector<Sequence> known;
  for (const BranchId branch : topology_.branches()) {
    known.push_back(vouched(branch, origin));
  }
  const auto place = known.begin() + static_cast<std::ptrdiff_t>(branches - 1);
  std::ranges::nth_element(known, place, std::greater{});
  return *place;
}

}  // namespace passbook
