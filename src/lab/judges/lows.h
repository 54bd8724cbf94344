// SPDX-License-Identifier: Apache-2.0
// The lowest value of an amount since any moment.
#pragma once

#include <algorithm>
#include <vector>

#include "lab/judges/timeline.h"

namespace passbook::history {

/// A balance, and its lowest value since any moment.
class Lows {
 public:
  explicit Lows(Money opening) : balance_(opening) {}

  void change(Index event, Money by) {
    while (!rising_.empty() && rising_.back().balance >= balance_) {
      rising_.pop_back();
    }
    rising_.push_back({event, balance_});
    balance_ = wrapping_sum(balance_, by);
  }

  /// The lowest balance at any moment from `event` until now.
  Money since(Index event) const {
    const auto found = std::ranges::upper_bound(rising_, event, {}, &Low::until);
    return found == rising_.end() ? balance_ : std::min(found->balance, balance_);
  }

 private:
  /// A past balance that no later past balance undercuts, and the event that ended it.
  struct Low {
    Index until = 0;
    Money balance;
  };

  Money balance_;
  std::vector<Low> rising_;  // by time, and so by balance
};

}  // namespace passbook::history
