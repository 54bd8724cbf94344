// SPDX-License-Identifier: Apache-2.0
#include "branch/topology.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "base/check.h"

namespace passbook {
namespace {

std::size_t side_of(std::size_t count) {
  std::size_t side = 1;
  while (side * side < count) {
    ++side;
  }
  return side;
}

/// `size` without its lowest digit of the base, or rounded up instead where that is nearer.
std::ptrdiff_t nearer_of(std::ptrdiff_t size, std::ptrdiff_t count, MeshShape shape) {
  const std::ptrdiff_t base = shape == MeshShape::ternary ? 3 : 2;
  std::ptrdiff_t unit = 1;
  while (size / unit % base == 0) {
    unit *= base;
  }
  const std::ptrdiff_t up = size + unit;
  const bool worth = shape == MeshShape::ternary         ? size / unit % 3 == 2
                     : shape == MeshShape::signed_binary ? size / unit % 4 == 3
                                                         : false;
  return worth && 2 * up < count ? up : size - unit;
}

}  // namespace

Topology::Topology(std::vector<BranchId> branches, BranchId self, std::size_t full_mesh,
                   MeshShape shape)
    : shape_(shape),
      branches_(std::move(branches)),
      self_(self),
      mesh_(branches_.size() <= full_mesh) {
  PASSBOOK_CHECK(std::ranges::is_sorted(branches_), "branch ids are ascending");
  PASSBOOK_CHECK(contains(self), "a branch belongs to its bank");
  const std::size_t count = branches_.size();
  const std::size_t own = index_of(self_);
  for (std::size_t i = 0; i < count; ++i) {
    if (i != own && (mesh_ || steps(own, i))) {
      neighbours_.push_back(branches_[i]);
    }
  }
}

bool Topology::steps(std::size_t own, std::size_t other) const {
  const std::size_t count = branches_.size();
  if (shape_ == MeshShape::grid) {
    const std::size_t side = side_of(count);
    return own / side == other / side || own % side == other % side;
  }
  const std::size_t around = (other + count - own) % count;
  const std::size_t step = std::min(around, count - around);
  std::size_t power = 1;
  while (power < step) {
    power *= shape_ == MeshShape::ternary ? 3 : 2;
  }
  return power == step;
}

bool Topology::contains(BranchId branch) const {
  return std::ranges::binary_search(branches_, branch);
}

bool Topology::is_neighbour(BranchId other) const {
  return std::ranges::binary_search(neighbours_, other);
}

std::size_t Topology::helpers_before(BranchId other) const {
  const std::size_t count = branches_.size();
  const std::size_t at = index_of(other);
  const std::size_t own = is_neighbour(other) ? (index_of(self_) + count - at) % count : count;
  std::size_t out = 0;
  for (std::size_t after = 1; after < own; ++after) {
    out += mesh_ || steps(at, (at + after) % count) ? 1 : 0;
  }
  return out;
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

std::size_t Topology::apart(BranchId a, BranchId b) const {
  return static_cast<std::size_t>(std::abs(distance(a, b)));
}

BranchId Topology::parent(BranchId origin, BranchId to) const {
  if (mesh_) {
    return origin;
  }
  if (shape_ == MeshShape::grid) {
    return grid_parent(origin, to);
  }
  const std::ptrdiff_t far = distance(origin, to);
  const std::ptrdiff_t size = far < 0 ? -far : far;
  const auto count = static_cast<std::ptrdiff_t>(branches_.size());
  const std::ptrdiff_t nearer = size == 0 ? 0 : nearer_of(size, count, shape_);
  const auto from = static_cast<std::ptrdiff_t>(index_of(origin));
  const std::ptrdiff_t at = (from + (far < 0 ? -nearer : nearer) + count) % count;
  return branches_[static_cast<std::size_t>(at)];
}

BranchId Topology::grid_parent(BranchId origin, BranchId to) const {
  const std::size_t side = side_of(branches_.size());
  const std::size_t a = index_of(origin);
  const std::size_t b = index_of(to);
  if (a / side == b / side || a % side == b % side) {
    return origin;
  }
  const std::size_t corner = b / side * side + a % side;
  return branches_[corner < branches_.size() ? corner : a / side * side + b % side];
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
