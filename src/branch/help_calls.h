// SPDX-License-Identifier: Apache-2.0
// Limits how many branches that are not neighbours are called at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "base/ids.h"
#include "base/time.h"

namespace passbook {

/// Limits calls for help to a part of the time. A cause that makes one branch wait usually makes
/// many wait, and that cause may be overload. After each call comes a pause in proportion to its
/// cost, and fewer calls run at once if this branch was late during a call. A call that took long
/// while this branch was on time went to a peer that is far away or does not answer; it was no
/// work.
class HelpCalls {
 public:
  /// `late` is this branch's total lateness so far.
  void begin(BranchId peer, Instant now, Duration late) {
    under_way_.insert_or_assign(peer, Call{now, late});
  }

  /// A call was answered, or failed. Peers that were not called are ignored.
  void end(BranchId peer, Instant now, Duration late) {
    const auto call = under_way_.find(peer);
    if (call == under_way_.end()) {
      return;
    }
    const Duration waited = late - call->second.late;
    const Duration cost = std::min(now - call->second.begun, kWork) + waited;
    under_way_.erase(call);
    lanes_ = waited > kSlow ? std::max(lanes_ / 2, kFewest) : std::min(lanes_ + 1, kMost);
    next_ =
        std::max(next_, now + std::min(kPause * cost, kLongestPause) / static_cast<int>(lanes_));
  }

  /// When the next call may begin: kNever until one ends.
  Instant next() const { return under_way_.size() < lanes_ ? next_ : kNever; }

 private:
  static constexpr std::size_t kMost = 8;
  static constexpr std::size_t kFewest = 1;
  static constexpr Duration kWork = std::chrono::milliseconds(10);  ///< of one call, at most
  static constexpr Duration kSlow = std::chrono::milliseconds(100);
  static constexpr int kPause = 10;
  static constexpr Duration kLongestPause = std::chrono::seconds(10);

  struct Call {
    Instant begun;
    Duration late;
  };

  std::map<BranchId, Call> under_way_;
  std::size_t lanes_ = kFewest;
  Instant next_{};
};

}  // namespace passbook
