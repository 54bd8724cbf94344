// SPDX-License-Identifier: Apache-2.0
// How many requests a branch has in work, and from whom it takes more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "base/check.h"
#include "base/ids.h"

namespace passbook {

/// So many requests are in work at most. Anyone takes the first half of them; the other half is
/// shared equally by all customers who have some in work, so that one who asks without end leaves
/// enough to the others, whoever comes first.
class Shares {
 public:
  explicit Shares(std::size_t most) : most_(most) {}

  bool has_left_for(CustomerId customer) const {
    if (all_ < most_ / 2) {
      return true;
    }
    const auto own = by_customer_.find(customer);
    const std::size_t has = own == by_customer_.end() ? 0 : own->second;
    const std::size_t customers = by_customer_.size() + (has == 0 ? 1 : 0);
    return all_ < most_ && has < std::max<std::size_t>(1, most_ / 2 / customers);
  }

  void take(CustomerId customer) {
    ++by_customer_[customer];
    ++all_;
  }

  void give_back(CustomerId customer) {
    const auto own = by_customer_.find(customer);
    PASSBOOK_CHECK(own != by_customer_.end(), "only what was taken is given back");
    if (--own->second == 0) {
      by_customer_.erase(own);
    }
    --all_;
  }

  std::size_t taken() const { return all_; }

 private:
  std::size_t most_;
  std::size_t all_ = 0;
  std::map<CustomerId, std::size_t> by_customer_;
};

}  // namespace passbook
