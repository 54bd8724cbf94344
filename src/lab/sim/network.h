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

/// The ways between branches. A partition is a set of blocked one-way ways; several may exist at
/// once.
class Network {
 public:
  using Way = std::pair<BranchId, BranchId>;  ///< from, to

  explicit Network(const Setup& setup);

  /// The transit time of a message where all is near.
  Duration delay();
  /// The transit time between two machines that run branches.
  Duration delay(BranchId from, BranchId to) { return delay() + distance(from, to); }
  /// Whether a message is lost, and breaks the stream that it travels on.
  bool loses() { return quiet_ ? false : chance(setup_.lost_in_million); }
  /// Whether a call arrives twice.
  bool doubles() { return quiet_ ? false : chance(setup_.twice_in_million); }

  /// For a call that arrives twice, how much later a third copy comes; zero for none.
  Duration late_copy();

  /// The extra delay of the Hello on a stream.
  Duration late_hello();
  /// Whether a message is too large for a stream.
  bool too_large(const Envelope& envelope) const;

  bool blocked(BranchId from, BranchId to) const { return blocked_.contains({from, to}); }

  /// Blocks some ways. The number identifies the cut.
  void cut(std::uint64_t number, std::vector<Way> ways);
  /// Ends a cut. Returns the ways that it blocked, or none if there is no such cut.
  std::vector<Way> heal(std::uint64_t number);
  bool is_cut(std::uint64_t number) const { return cuts_.contains(number); }

  /// While calm, messages are only delayed, and suffer no other faults.
  void set_calm(bool calm) { quiet_ = calm; }
  bool calm() const { return quiet_; }
  bool whole() const { return blocked_.empty(); }

 private:
  Duration distance(BranchId from, BranchId to) const;
  bool chance(std::uint32_t in_million) {
    return in_million > 0 && random_.chance(in_million, 1'000'000);
  }

  NetworkSetup setup_;
  std::vector<Duration> distances_;  ///< of each site from the earlier ones
  Random random_;
  Random late_;
  bool quiet_ = false;
  std::map<std::uint64_t, std::vector<Way>> cuts_;
  std::multiset<Way> blocked_;
};

}  // namespace passbook::sim
