// SPDX-License-Identifier: Apache-2.0
// The writes that were refused here, so that a late duplicate is not executed.
#pragma once

#include <deque>
#include <map>

#include "protocol/customer_messages.h"

namespace passbook {

/// Remembers the newest refusals, while the process lives.
class Refusals {
 public:
  struct Refused {
    Operation operation;
    Answer answer;
  };

  void add(const Request& request, const Answer& answer);

  /// Nothing when no such request was refused.
  const Refused* find(const RequestId& request) const;

 private:
  static constexpr std::size_t kMost = 100'000;

  std::map<RequestId, Refused> refused_;
  std::deque<RequestId> order_;
};

}  // namespace passbook
