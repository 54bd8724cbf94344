// SPDX-License-Identifier: Apache-2.0
#include "ledger/account.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {
namespace {

constexpr Money kNothing{};

/// The running total that a change raises.
template <class Totals>
Money raised_total(const Totals& totals, const Change& change) {
  if (std::holds_alternative<Deposit>(change)) {
    return totals.in;
  }
  return std::holds_alternative<Withdrawal>(change) ? totals.out : totals.granted;
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
    totals(Origin{branch}).rights = Money{shared.minor / count + (remainder-- > 0 ? 1 : 0)};
  }
}

const Account::Totals* Account::find(Origin origin) const {
  const auto place = std::ranges::lower_bound(totals_, origin, {}, &Totals::origin);
  return place != totals_.end() && place->origin == origin ? &*place : nullptr;
}

Account::Totals& Account::totals(Origin origin) {
  const auto place = std::ranges::lower_bound(totals_, origin, {}, &Totals::origin);
  if (place != totals_.end() && place->origin == origin) {
    return *place;
  }
  return *totals_.insert(
      place, Totals{.origin = origin, .rights = {}, .in = {}, .out = {}, .granted = {}});
}

Money Account::rights(Origin origin) const {
  const Totals* found = find(origin);
  return found ? found->rights : kNothing;
}

Money Account::incoming(Origin origin) const {
  const Totals* found = find(origin);
  return found ? found->in : kNothing;
}

Money Account::incoming(BranchId branch) const {
  Money sum;
  for (const Totals& totals : totals_) {
    if (totals.origin.branch == branch) {
      sum += totals.in;
    }
  }
  return sum;
}

std::optional<Refusal> Account::refusal(Origin origin, const Change& change) const {
  const Money amount = amount_of(change);
  if (amount <= kNothing) {
    return Refusal::bad_amount;
  }
  const Totals* found = find(origin);
  const Totals none{.origin = origin, .rights = {}, .in = {}, .out = {}, .granted = {}};
  const Totals& totals = found ? *found : none;
  if (amount > most_ - raised_total(totals, change)) {
    return Refusal::overflow;
  }
  if (!std::holds_alternative<Deposit>(change) && amount > totals.rights) {
    return Refusal::lacks_rights;
  }
  return std::nullopt;
}

Money Account::grantable(Origin origin) const {
  const Totals* found = find(origin);
  return found ? std::min(found->rights, most_ - found->granted) : kNothing;
}

void Account::apply(Origin origin, const Change& change) {
  const Money amount = amount_of(change);
  if (const auto* grant = std::get_if<Grant>(&change)) {
    totals(grant->to).rights += amount;
  }
  Totals& own = totals(origin);
  if (std::holds_alternative<Deposit>(change)) {
    own.in += amount;
    own.rights += amount;
    balance_ += amount;
    return;
  }
  own.rights -= amount;
  PASSBOOK_CHECK(own.rights >= kNothing, "an origin spent rights that it did not have");
  if (std::holds_alternative<Grant>(change)) {
    own.granted += amount;
    return;
  }
  own.out += amount;
  outgoing_ += amount;
  balance_ -= amount;
  PASSBOOK_CHECK(balance_.minor >= -limit_.minor, "an account was overdrawn");
}

}  // namespace passbook
