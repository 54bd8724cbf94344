// SPDX-License-Identifier: Apache-2.0
#include "branch/topology.h"

#include <algorithm>
#include <cstddef>

#include "base/check.h"

namespace passbook {

Topology::Topology(std::vector<BranchId> branches, BranchId self, std::size_t full_mesh)
    : branches_(std::move(branches)), self_(self), mesh_(branches_.size() <= full_mesh) {
  PASSBOOK_CHECK(std::ranges::is_sorted(branches_), "branch ids are ascending");
  PASSBOOK_CHECK(contains(self), "a branch belongs to its bank");
  const std::size_t count = branches_.size();
  const std::size_t own = index_of(self_);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t around = (i + count - own) % count;
    const std::size_t step = std::min(around, count - around);
    const bool power_of_two = (step & (step - 1)) == 0;
    if (i != own && (mesh_ || power_of_two)) {
      neighbours_.push_back(branches_[i]);
    }
  }
}

bool Topology::contains(BranchId branch) const {
  return std::ranges::binary_search(branches_, branch);
}

bool Topology::is_neighbour(BranchId other) const {
  return std::ranges::binary_search(neighbours_, other);
}

std::size_t Topology::index_of(BranchId branch) const {
  const auto place = std::ranges::lower_bound(branches_, branch);
  return static_cast<std::size_t>(place - branches_.begin());
}

std::ptrdiff_t Topology::distance(BranchId origin, BranchId to) const {
  const auto count = static_cast<std::ptrdiff_t>(branches_.size());
  const auto around = (static_cast<std::ptrdiff_t>(index_of(to)) -
                       static_cast<std::ptrdiff_t>(index_of(origin)) + count) %
                      count;
  return around > count / 2 ? around - count : around;
}

BranchId Topology::parent(BranchId origin, BranchId to) const {
  if (mesh_) {
    return origin;
  }
  const std::ptrdiff_t far = distance(origin, to);
  const std::ptrdiff_t size = far < 0 ? -far : far;
  const std::ptrdiff_t nearer = size & (size - 1);
  const auto count = static_cast<std::ptrdiff_t>(branches_.size());
  const auto from = static_cast<std::ptrdiff_t>(index_of(origin));
  const std::ptrdiff_t at = (from + (far < 0 ? -nearer : nearer) + count) % count;
  return branches_[static_cast<std::size_t>(at)];
}

bool Topology::passes_on_at_once(BranchId origin, BranchId to) const {
  return origin != to && parent(origin, to) == self_;
}

std::vector<BranchId> Topology::receivers_of(BranchId origin) const {
  std::vector<BranchId> out;
  std::ranges::copy_if(neighbours_, std::back_inserter(out),
                       [&](BranchId to) { return passes_on_at_once(origin, to); });
  return out;
}

}  // namespace passbook
