// SPDX-License-Identifier: Apache-2.0
// The naive twin of an account: a list of changes, summed again for every answer.
#pragma once

#include <utility>
#include <vector>

#include "ledger/entry.h"

namespace passbook {

struct NaiveAccount {
  std::int64_t opening = 0;
  std::int64_t limit = 0;
  std::int64_t branches = 0;  ///< their ids are 1, 2, ...
  std::vector<std::pair<Origin, Change>> history = {};

  /// The opening share of a first incarnation; a later one gets nothing.
  std::int64_t share(Origin origin) const {
    const std::int64_t shared = opening + limit;
    const std::int64_t extra = std::int64_t{origin.branch.value} <= shared % branches ? 1 : 0;
    return origin.incarnation == Incarnation{1} ? shared / branches + extra : 0;
  }

  std::int64_t rights(Origin origin) const {
    std::int64_t rights = share(origin) + incoming(origin);
    for (const auto& [by, change] : history) {
      const std::int64_t amount = amount_of(change).minor;
      rights -= by == origin && !std::holds_alternative<Deposit>(change) ? amount : 0;
      const auto* grant = std::get_if<Grant>(&change);
      rights += grant != nullptr && grant->to == origin ? amount : 0;
    }
    return rights;
  }

  std::int64_t incoming(Origin origin) const {
    std::int64_t in = 0;
    for (const auto& [by, change] : history) {
      in += by == origin && std::holds_alternative<Deposit>(change) ? amount_of(change).minor : 0;
    }
    return in;
  }

  std::int64_t outgoing() const {
    std::int64_t out = 0;
    for (const auto& [by, change] : history) {
      out += std::holds_alternative<Withdrawal>(change) ? amount_of(change).minor : 0;
    }
    return out;
  }

  std::int64_t balance() const {
    std::int64_t in = 0;
    for (const auto& [by, change] : history) {
      in += std::holds_alternative<Deposit>(change) ? amount_of(change).minor : 0;
    }
    return opening + in - outgoing();
  }
};

}  // namespace passbook
