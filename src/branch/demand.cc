// SPDX-License-Identifier: Apache-2.0
#include "branch/demand.h"

#include <algorithm>

namespace passbook {
namespace {

/// The factor by which each withdrawal reduces the weight of earlier ones: about sixty of them
/// count.
constexpr double kFading = 1.0 - 1.0 / 64;
/// All weights are scaled down when the unit exceeds this, long before they overflow.
constexpr double kGreatestUnit = 1e100;
/// The part of all rights that is shared equally, so that a branch that seldom spends has some too.
constexpr double kEquallyShared = 0.1;

struct Surplus {
  BranchId branch;
  Money rights;
  Money above;  ///< above the branch's target; may be negative
};

std::vector<Surplus> richest_first(std::span<const Holding> peers, const Demand& demand,
                                   Money total, std::size_t branches) {
  std::vector<Surplus> out;
  for (const auto& [branch, rights] : peers) {
    out.push_back({branch, rights, rights - demand.target(branch, total, branches)});
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &Surplus::above);
  return out;
}

}  // namespace

/// All weights fade together. So instead of reducing the old weights, the new one is made greater.
void Demand::spent(BranchId at, Money amount) {
  unit_ /= kFading;
  spending_[at] += static_cast<double>(amount.minor) * unit_;
  all_ += static_cast<double>(amount.minor) * unit_;
  if (unit_ > kGreatestUnit) {
    for (auto& [branch, weight] : spending_) {
      weight /= unit_;
    }
    all_ /= unit_;
    unit_ = 1;
  }
}

Money Demand::target(BranchId branch, Money total, std::size_t branches) const {
  const double equal = 1.0 / static_cast<double>(branches);
  const auto found = spending_.find(branch);
  const double own = found == spending_.end() ? 0.0 : found->second;
  const double share = all_ > 0 ? own / all_ : equal;
  const double part = kEquallyShared * equal + (1 - kEquallyShared) * share;
  const double wanted = static_cast<double>(total.minor) * part;
  return wanted < static_cast<double>(total.minor) ? Money{static_cast<std::int64_t>(wanted)}
                                                   : total;
}

Money Demand::recently(BranchId branch) const {
  const auto found = spending_.find(branch);
  const double spent = found == spending_.end() ? 0.0 : found->second / unit_;
  constexpr Money kMost = Money::max();
  return spent < static_cast<double>(kMost.minor) ? Money{static_cast<std::int64_t>(spent)} : kMost;
}

std::vector<Holding> plan_rights_requests(Money missing, std::span<const Holding> peers,
                                          const Demand& demand, Money total, std::size_t branches) {
  std::vector<Holding> out;
  const auto take = [&](BranchId branch, Money amount) {
    if (amount <= Money{} || missing <= Money{}) {
      return;
    }
    const Money part = std::min(amount, missing);
    missing -= part;
    const auto asked = std::ranges::find(out, branch, &Holding::branch);
    asked == out.end() ? out.push_back({branch, part}) : void(asked->rights += part);
  };
  const auto richest = richest_first(peers, demand, total, branches);
  for (const Surplus& peer : richest) {
    take(peer.branch, std::min(peer.above, peer.rights));
  }
  for (const Surplus& peer : richest) {
    take(peer.branch, peer.rights - std::max(Money{}, std::min(peer.above, peer.rights)));
  }
  return missing <= Money{} ? out : std::vector<Holding>{};
}

std::vector<Holding> plan_restock(const Holding& own, std::span<const Holding> peers,
                                  const Demand& demand, Money total, std::size_t branches) {
  const Money target =
      std::min(demand.target(own.branch, total, branches), demand.recently(own.branch));
  std::vector<Holding> out;
  if (own.rights >= Money{target.minor / 2}) {
    return out;
  }
  Money wanted = target - own.rights;
  for (const Surplus& peer : richest_first(peers, demand, total, branches)) {
    const Money part = std::min(peer.above, wanted);
    if (part > Money{}) {
      out.push_back({peer.branch, part});
      wanted -= part;
    }
  }
  return out;
}

Money spare(const Holding& own, Money wished, const Demand& demand, Money total,
            std::size_t branches) {
  const Money above = own.rights - demand.target(own.branch, total, branches);
  return std::clamp(above, Money{}, wished);
}

}  // namespace passbook
