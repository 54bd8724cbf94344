// SPDX-License-Identifier: Apache-2.0
#include "branch/refused_writes.h"

namespace passbook {

void RefusedWrites::add(const Request& request, const Answer& answer) {
  if (refused_.emplace(request.id, RefusedWrite{request.operation, answer}).second) {
    order_.push_back(request.id);
  }
  if (order_.size() > kMost) {
    refused_.erase(order_.front());
    order_.pop_front();
  }
}

const RefusedWrites::RefusedWrite* RefusedWrites::find(const RequestId& request) const {
  const auto found = refused_.find(request);
  return found == refused_.end() ? nullptr : &found->second;
}

}  // namespace passbook
