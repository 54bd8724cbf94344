// SPDX-License-Identifier: Apache-2.0
// Virtual time: future events, in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.h"

namespace passbook::sim {

/// Due events, the earliest first. Events due at the same moment come in the order in which they
/// were added.
template <class What>
class Agenda {
 public:
  void put(Instant at, What what) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back(std::move(what));
    } else {
      slot = free_.back();
      free_.pop_back();
      slots_[slot] = std::move(what);
    }
    heap_.push_back({at, ++order_, slot});
    std::ranges::push_heap(heap_, later);
  }

  bool empty() const { return heap_.empty(); }
  Instant next() const { return heap_.front().at; }

  What take() {
    std::ranges::pop_heap(heap_, later);
    const std::uint32_t slot = heap_.back().slot;
    heap_.pop_back();
    free_.push_back(slot);
    return std::move(slots_[slot]);
  }

 private:
  struct Place {
    Instant at;
    std::uint64_t order = 0;
    std::uint32_t slot = 0;
  };
  static bool later(const Place& a, const Place& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }

  std::vector<Place> heap_;
  std::vector<What> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t order_ = 0;
};

}  // namespace passbook::sim
