// SPDX-License-Identifier: Apache-2.0
// Who can reach whom, and how long it takes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "lab/sim/setup.h"
#include "protocol/peer_messages.h"

namespace passbook::sim {

/// The ways between branches. A partition is a set of one-way ways that are blocked; several may
/// stand at once.
class Network {
 public:
  using Way = std::pair<BranchId, BranchId>;  ///< from, to

  explicit Network(const Setup& setup);

  /// How long a message is on its way where all is near.
  Duration delay();
  /// The same between two machines that run branches.
  Duration delay(BranchId from, BranchId to) { return delay() + distance(from, to); }
  /// Whether a message is one of those that break what they travel on.
  bool loses() { return quiet_ ? false : chance(setup_.lost_in_million); }
  /// Whether a call is one of those that arrive twice.
  bool doubles() { return quiet_ ? false : chance(setup_.twice_in_million); }

  /// How much later than a call that arrives twice a third copy comes; zero when none does.
  Duration late_copy();

  /// How much longer the first words on a stream take.
  Duration late_hello();
  /// Whether a message is larger than a stream takes.
  bool too_large(const Envelope& envelope) const;

  bool blocked(BranchId from, BranchId to) const { return blocked_.contains({from, to}); }

  /// Blocks some ways, under a number.
  void cut(std::uint64_t number, std::vector<Way> ways);
  /// The ways that this cut blocked; none when it is not there.
  std::vector<Way> heal(std::uint64_t number);
  bool is_cut(std::uint64_t number) const { return cuts_.contains(number); }

  /// Nothing happens to messages any more but that they take their time; or, again, all sorts.
  void set_calm(bool calm) { quiet_ = calm; }
  bool calm() const { return quiet_; }
  bool whole() const { return blocked_.empty(); }

 private:
  Duration distance(BranchId from, BranchId to) const;
  bool chance(std::uint32_t in_million) {
    return in_million > 0 && random_.chance(in_million, 1'000'000);
  }

  NetworkSetup setup_;
  std::vector<Duration> distances_;  ///< of each site from those before it
  Random random_;
  Random late_;
  bool quiet_ = false;
  std::map<std::uint64_t, std::vector<Way>> cuts_;
  std::multiset<Way> blocked_;
};

}  // namespace passbook::sim
