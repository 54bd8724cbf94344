// SPDX-License-Identifier: Apache-2.0
// The rule by which claims on one account share one branch's rights: oldest first.
#pragma once

#include <map>
#include <vector>

#include "base/money.h"
#include "protocol/peer_messages.h"

namespace passbook {

/// All claims that stand at one branch on one account, from its own customers and its peers. Every
/// branch serves them in the same order: the oldest claim in the bank collects every available
/// right and is settled, then the next. So there is no deadlock and no livelock.
class Claims {
 public:
  explicit Claims(BranchId self) : self_(self) {}

  /// Adds a claim, or replaces the one of the same priority. `amount` is the amount still missing
  /// for a peer's claim, and the whole withdrawal for a local claim.
  void put(Priority priority, Money amount) { claims_[priority] = amount; }
  void remove(Priority priority) { claims_.erase(priority); }
  /// A peer's claim was given `amount`. The claim ends when nothing is missing any more.
  void given(Priority priority, Money amount);
  void remove_all_of(BranchId peer);

  bool empty() const { return claims_.empty(); }
  std::size_t size() const { return claims_.size(); }

  struct Share {
    Priority priority;
    Money amount;
    bool operator==(const Share&) const = default;
  };

  /// The decisions to make with given rights. Each list is oldest first.
  struct Settlement {
    std::vector<Share> give;       ///< to peers
    std::vector<Priority> funded;  ///< local claims for which all rights are here
    std::vector<Share> lacking;    ///< local claims, and how much more they need
  };
  Settlement settle(Money rights) const;

 private:
  BranchId self_;
  std::map<Priority, Money> claims_;
};

}  // namespace passbook
