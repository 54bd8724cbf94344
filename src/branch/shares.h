// SPDX-License-Identifier: Apache-2.0
// Limits the requests that a branch has in work, and shares them between customers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "base/check.h"
#include "base/ids.h"

namespace passbook {

/// Allows at most `most` requests in work. Any customer may take from the first half. The second
/// half is shared equally by all customers with requests in work. So a customer who sends without
/// end leaves enough to the others, in whatever order they come.
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
