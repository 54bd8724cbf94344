// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/network.h"

#include <algorithm>

#include "lab/sim/message_size.h"
#include "lab/sim/world.h"

namespace passbook::sim {

Network::Network(const Setup& setup)
    : setup_(setup.network),
      random_(stream_of(setup.seed, "ways")),
      late_(stream_of(setup.seed, "late words")) {
  const auto branches = static_cast<std::uint32_t>(setup.bank.branches.size());
  setup_.sites = std::min(setup_.sites, branches);
  Random far = stream_of(setup.seed, "distances");
  for (std::uint32_t pairs = setup_.sites * (setup_.sites - 1) / 2; pairs > 0; --pairs) {
    distances_.push_back(between(far, setup_.site_nearest, setup_.site_farthest));
  }
}

Duration Network::distance(BranchId from, BranchId to) const {
  if (distances_.empty()) {
    return {};
  }
  const std::uint32_t here = branch_on(from).value % setup_.sites;
  const std::uint32_t there = branch_on(to).value % setup_.sites;
  const auto [near, far] = std::pair(std::min(here, there), std::max(here, there));
  return near == far ? Duration{} : distances_[far * (far - 1) / 2 + near];
}

Duration Network::delay() {
  const Duration usual = between(random_, setup_.fastest, setup_.slowest);
  if (quiet_ || !chance(setup_.slow_in_million)) {
    return usual;
  }
  constexpr std::uint64_t kSlowest = 1'000;
  return usual * static_cast<std::int64_t>(1 + random_.below(kSlowest));
}

Duration Network::late_hello() {
  const std::uint32_t share = setup_.late_hello_in_hundred;
  return quiet_ || share == 0 || !late_.chance(share, 100) ? Duration{}
                                                           : between(late_, {}, setup_.hello_late);
}

Duration Network::late_copy() {
  return late_.chance(1, 2) ? between(late_, std::chrono::seconds(1), std::chrono::minutes(1))
                            : Duration{};
}

bool Network::too_large(const Envelope& envelope) const {
  return setup_.message_most > 0 && encoded_size_at_most(envelope) > setup_.message_most;
}

void Network::cut(std::uint64_t number, std::vector<Way> ways) {
  blocked_.insert(ways.begin(), ways.end());
  cuts_.emplace(number, std::move(ways));
}

std::vector<Network::Way> Network::heal(std::uint64_t number) {
  const auto cut = cuts_.find(number);
  if (cut == cuts_.end()) {
    return {};
  }
  for (const Way& way : cut->second) {
    blocked_.erase(blocked_.find(way));
  }
  std::vector<Way> ways = std::move(cut->second);
  cuts_.erase(cut);
  return ways;
}

}  // namespace passbook::sim
