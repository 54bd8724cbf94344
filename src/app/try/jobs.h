// SPDX-License-Identifier: Apache-2.0
// Does independent work side by side.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace passbook {

/// Calls `work(0)` to `work(count - 1)`, each once, up to `jobs` at a time and begun in this order.
/// Returns when all have ended.
template <class Work>
void side_by_side(std::size_t count, std::size_t jobs, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto worker = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      work(i);
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(jobs, count); ++i) {
    others.emplace_back(worker);
  }
  worker();
}

}  // namespace passbook
