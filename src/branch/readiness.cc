// SPDX-License-Identifier: Apache-2.0
#include "branch/readiness.h"

#include <algorithm>

namespace passbook {

Readiness::Readiness(const Topology& topology, const BranchOptions& options, const State& state)
    : options_(options),
      state_(state),
      unheard_(topology.neighbours().begin(), topology.neighbours().end()) {
  std::ranges::for_each(options.without, [&](BranchId branch) { unheard_.erase(branch); });
}

void Readiness::begin(Instant now) {
  began_ = now;
  listen_until_ = now + options_.listen_first;
}

/// Ends the listening with the last awaited peer, without waiting for another step.
void Readiness::heard(BranchId peer) {
  unheard_.erase(peer);
  listening_ = listening_ && !unheard_.empty();
}

void Readiness::tick(Instant now) {
  listening_ = listening_ && !unheard_.empty() && (options_.starts_empty || now < listen_until_);
}

Readiness::Obstacle Readiness::obstacle() const {
  if (disk_ && disk_->low()) {
    return Obstacle::disk_full;
  }
  if (!state_.recovered()) {
    return Obstacle::recovering;
  }
  return listening_ ? Obstacle::listening : Obstacle::none;
}

}  // namespace passbook
