// SPDX-License-Identifier: Apache-2.0
// What is known of how far the branches are.
#include <algorithm>
#include <functional>

#include "branch/replication.h"

namespace passbook {

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

std::vector<BranchId> Replication::lacking(EntryId entry) const {
  std::vector<BranchId> out;
  std::ranges::copy_if(topology_.branches(), std::back_inserter(out), [&](BranchId branch) {
    const auto known = progress_.find(branch);
    const bool has = known != progress_.end() && known->second.vouched.covers(entry);
    return branch != topology_.self() && Origin{branch, incarnation(branch)} != entry.origin &&
           !has;
  });
  return out;
}

std::uint32_t Replication::holders(EntryId entry) const {
  return static_cast<std::uint32_t>(topology_.branches().size() - lacking(entry).size());
}

Sequence Replication::held(Origin origin, std::size_t branches) const {
  std::vector<Sequence> known;
  for (const BranchId branch : topology_.branches()) {
    const auto progress = progress_.find(branch);
    const bool has_all =
        branch == topology_.self() || Origin{branch, incarnation(branch)} == origin;
    known.push_back(has_all                       ? Sequence{UINT64_MAX}
                    : progress != progress_.end() ? progress->second.vouched.at(origin)
                                                  : Sequence{});
  }
  const auto place = known.begin() + static_cast<std::ptrdiff_t>(branches - 1);
  std::ranges::nth_element(known, place, std::greater{});
  return *place;
}

}  // namespace passbook
