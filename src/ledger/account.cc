// SPDX-License-Identifier: Apache-2.0
#include "ledger/account.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace passbook {
namespace {

constexpr Money kNothing{};

/// Wide enough for a sum of any amounts of many origins.
__extension__ using Sum = __int128;

/// The running total that a change raises.
Money raised_total(const OriginTotals& totals, const Change& change) {
  if (std::holds_alternative<Deposit>(change)) {
    return totals.in;
  }
  if (std::holds_alternative<Withdrawal>(change)) {
    return totals.out;
  }
  return std::holds_alternative<Grant>(change) ? totals.granted : kNothing;
}

}  // namespace

Account::Account(const OpeningAccount& opening, std::span<const BranchId> branches)
    : opening_(opening.opening), limit_(opening.limit), balance_(opening.opening) {
  PASSBOOK_CHECK(!branches.empty(), "a bank has branches");
  PASSBOOK_CHECK(opening_ >= kNothing && limit_ >= kNothing,
                 "openings and limits are not negative");
  const auto count = static_cast<std::int64_t>(branches.size());
  const Money shared = opening_ + limit_;
  most_ = Money{(Money::max() - shared).minor / count};
  std::int64_t remainder = shared.minor % count;
  for (const BranchId branch : branches) {
    totals_of(Origin{branch}).rights = Money{shared.minor / count + (remainder-- > 0 ? 1 : 0)};
  }
}

bool Account::in_bounds(const OriginTotals& totals) const {
  return totals.rights >= kNothing &&
         std::ranges::all_of(std::array{totals.in, totals.out, totals.granted},
                             [&](Money total) { return total >= kNothing && total <= most_; });
}

std::optional<Account> Account::restored(const OpeningAccount& opening,
                                         std::span<const BranchId> branches,
                                         std::vector<OriginTotals> totals) {
  Account out(opening, branches);
  const auto sum = [&](Money OriginTotals::* part) {
    return std::accumulate(
        totals.begin(), totals.end(), Sum{},
        [&](Sum before, const OriginTotals& of) { return before + (of.*part).minor; });
  };
  const Sum shared = Sum{opening.opening.minor} + opening.limit.minor;
  const Sum in = sum(&OriginTotals::in);
  const Sum rights = shared + in - sum(&OriginTotals::out);
  const auto falls = [](const OriginTotals& a, const OriginTotals& b) {
    return a.origin >= b.origin;
  };
  if (std::ranges::adjacent_find(totals, falls) != totals.end() ||
      !std::ranges::all_of(totals, [&](const OriginTotals& of) { return out.in_bounds(of); }) ||
      shared + in > Money::max().minor || rights != sum(&OriginTotals::rights)) {
    return std::nullopt;
  }
  out.totals_ = std::move(totals);
  for (const OriginTotals& origin : out.totals_) {
    out.outgoing_ += origin.out;
    out.balance_ += origin.in;
  }
  out.balance_ -= out.outgoing_;
  return out;
}

const OriginTotals* Account::find(Origin origin) const {
  const auto place = std::ranges::lower_bound(totals_, origin, {}, &OriginTotals::origin);
  return place != totals_.end() && place->origin == origin ? &*place : nullptr;
}

OriginTotals& Account::totals_of(Origin origin) {
  const auto place = std::ranges::lower_bound(totals_, origin, {}, &OriginTotals::origin);
  if (place != totals_.end() && place->origin == origin) {
    return *place;
  }
  return *totals_.insert(
      place, OriginTotals{.origin = origin, .rights = {}, .in = {}, .out = {}, .granted = {}});
}

Money Account::rights(Origin origin) const {
  const OriginTotals* found = find(origin);
  return found ? found->rights : kNothing;
}

Money Account::incoming(Origin origin) const {
  const OriginTotals* found = find(origin);
  return found ? found->in : kNothing;
}

Money Account::incoming(BranchId branch) const {
  Money sum;
  for (const OriginTotals& totals : totals_) {
    if (totals.origin.branch == branch) {
      sum += totals.in;
    }
  }
  return sum;
}

std::optional<ChangeRefusal> Account::refusal(Origin origin, const Change& change) const {
  const Money amount = amount_of(change);
  if (amount <= kNothing) {
    return ChangeRefusal::bad_amount;
  }
  const OriginTotals* found = find(origin);
  const OriginTotals none{.origin = origin, .rights = {}, .in = {}, .out = {}, .granted = {}};
  const OriginTotals& totals = found ? *found : none;
  const auto* release = std::get_if<Release>(&change);
  const bool too_much = release == nullptr && amount > most_ - raised_total(totals, change);
  if (too_much || (std::holds_alternative<Deposit>(change) && amount > unclaimed())) {
    return ChangeRefusal::overflow;
  }
  const Money available = release ? rights(release->from) : totals.rights;
  if (!std::holds_alternative<Deposit>(change) && amount > available) {
    return ChangeRefusal::lacks_rights;
  }
  return std::nullopt;
}

/// How much more may ever come in: opening, limit and all deposits together fit in Money. A branch
/// that came back many times has more than one share of it.
Money Account::unclaimed() const { return Money::max() - limit_ - balance_ - outgoing_; }

Money Account::grantable(Origin origin) const {
  const OriginTotals* found = find(origin);
  return found ? std::min(found->rights, most_ - found->granted) : kNothing;
}

void Account::spend_rights(Origin origin, Money amount) {
  Money& rights = totals_of(origin).rights;
  rights -= amount;
  PASSBOOK_CHECK(rights >= kNothing, "an origin spent rights that it did not have");
}

void Account::apply(Origin origin, const Change& change) {
  std::visit([&](const auto& c) { take_in(origin, c); }, change);
}

void Account::take_in(Origin origin, const Deposit& deposit) {
  OriginTotals& own = totals_of(origin);
  own.in += deposit.amount;
  own.rights += deposit.amount;
  balance_ += deposit.amount;
}

void Account::take_in(Origin origin, const Withdrawal& withdrawal) {
  spend_rights(origin, withdrawal.amount);
  totals_of(origin).out += withdrawal.amount;
  outgoing_ += withdrawal.amount;
  balance_ -= withdrawal.amount;
  PASSBOOK_CHECK(balance_.minor >= -limit_.minor, "an account was overdrawn");
}

void Account::take_in(Origin origin, const Grant& grant) {
  spend_rights(origin, grant.amount);
  totals_of(origin).granted += grant.amount;
  totals_of(grant.to).rights += grant.amount;
}

void Account::take_in(Origin origin, const Release& release) {
  spend_rights(release.from, release.amount);
  totals_of(origin).rights += release.amount;
}

}  // namespace passbook
