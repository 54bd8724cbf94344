// SPDX-License-Identifier: Apache-2.0
#include "branch/claims.h"

#include <algorithm>

namespace passbook {

void Claims::given(Priority priority, Money amount) {
  const auto claim = claims_.find(priority);
  if (claim == claims_.end()) {
    return;
  }
  claim->second -= amount;
  if (claim->second <= Money{}) {
    claims_.erase(claim);
  }
}

void Claims::remove_all_of(BranchId peer) {
  std::erase_if(claims_, [&](const auto& claim) { return claim.first.branch == peer; });
}

Claims::Settlement Claims::settle(Money rights) const {
  Settlement out;
  for (const auto& [priority, wanted] : claims_) {
    const Money share = std::min(rights, wanted);
    rights -= share;
    if (priority.branch != self_) {
      if (share > Money{}) {
        out.give.push_back({priority, share});
      }
    } else if (share == wanted) {
      out.funded.push_back(priority);
    } else {
      out.lacking.push_back({priority, wanted - share});
    }
  }
  return out;
}

}  // namespace passbook
