// SPDX-License-Identifier: Apache-2.0
#include "branch/refused_writes.h"

namespace passbook {

void RefusedWrites::add(const Refusal& refusal) {
  if (refused_.emplace(refusal.request, refusal).second) {
    order_.push_back(refusal.request);
  }
  if (order_.size() > kMost) {
    refused_.erase(order_.front());
    order_.pop_front();
  }
}

const Refusal* RefusedWrites::find(const RequestId& request) const {
  const auto found = refused_.find(request);
  return found == refused_.end() ? nullptr : &found->second;
}

std::vector<Refusal> RefusedWrites::all() const {
  std::vector<Refusal> out;
  for (const RequestId& request : order_) {
    out.push_back(refused_.at(request));
  }
  return out;
}

}  // namespace passbook
