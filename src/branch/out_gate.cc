// SPDX-License-Identifier: Apache-2.0
#include "branch/out_gate.h"

#include <utility>

namespace passbook {

std::vector<OutGate::Batch> OutGate::release(std::uint64_t durable) {
  std::vector<Batch> out;
  while (!held_.empty() && held_.front().rests_on <= durable) {
    out.push_back(std::move(held_.front()));
    held_.pop_front();
  }
  return out;
}

}  // namespace passbook
