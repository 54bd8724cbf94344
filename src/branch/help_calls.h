// SPDX-License-Identifier: Apache-2.0
// How many branches are called at once that are not neighbours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "base/ids.h"
#include "base/time.h"

namespace passbook {

/// Who calls for help is seldom alone: what makes one branch wait makes many wait, and the reason
/// may be that there is more to do than can be done. So calls take no more than a part of the time:
/// after each comes a pause as long as many of its kind, and calls that take long are fewer at
/// once.
class HelpCalls {
 public:
  void begin(BranchId peer, Instant now) { under_way_.insert_or_assign(peer, now); }

  /// A call was answered, or failed. Others are none of these.
  void end(BranchId peer, Instant now, bool answered) {
    const auto call = under_way_.find(peer);
    if (call == under_way_.end()) {
      return;
    }
    const Duration took = now - call->second;
    under_way_.erase(call);
    lanes_ = took > kSlow ? std::max(lanes_ / 2, kFewest) : std::min(lanes_ + 1, kMost);
    const Duration most = answered ? kLongestPause : kLongestAfterFailure;
    const Duration pause = std::min(kPause * took, most) / static_cast<int>(lanes_);
    next_ = std::max(next_, now + pause);
  }

  /// When the next call may begin: kNever until one ends.
  Instant next() const { return under_way_.size() < lanes_ ? next_ : kNever; }

 private:
  static constexpr std::size_t kMost = 8;
  static constexpr std::size_t kFewest = 1;
  static constexpr Duration kSlow = std::chrono::milliseconds(250);
  static constexpr int kPause = 10;
  static constexpr Duration kLongestPause = std::chrono::seconds(10);
  static constexpr Duration kLongestAfterFailure = std::chrono::seconds(2);

  std::map<BranchId, Instant> under_way_;
  std::size_t lanes_ = kFewest;
  Instant next_{};
};

}  // namespace passbook
