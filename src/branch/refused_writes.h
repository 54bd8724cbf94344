// SPDX-License-Identifier: Apache-2.0
// The writes that were refused here, so that a late duplicate is not executed.
#pragma once

#include <deque>
#include <map>

#include "protocol/customer_messages.h"

namespace passbook {

/// Remembers the newest refused_writes, while the process lives.
class RefusedWrites {
 public:
  struct RefusedWrite {
    Operation operation;
    Answer answer;
  };

  void add(const Request& request, const Answer& answer);

  /// Nothing when no such request was refused.
  const RefusedWrite* find(const RequestId& request) const;

 private:
  static constexpr std::size_t kMost = 100'000;

  std::map<RequestId, RefusedWrite> refused_;
  std::deque<RequestId> order_;
};

}  // namespace passbook
