// SPDX-License-Identifier: Apache-2.0
// The writes that this branch has decided to refuse for ever, so that no late duplicate is
// executed.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "protocol/records.h"

namespace passbook {

/// Remembers the newest refusals.
class RefusedWrites {
 public:
  void add(const Refusal& refusal);

  /// Nothing when no such request was refused.
  const Refusal* find(const RequestId& request) const;

  /// Oldest first.
  std::vector<Refusal> all() const;

 private:
  static constexpr std::size_t kMost = 100'000;

  std::map<RequestId, Refusal> refused_;
  std::deque<RequestId> order_;
};

}  // namespace passbook
