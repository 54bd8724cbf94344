// SPDX-License-Identifier: Apache-2.0
// Accounts near the ends of what an amount can hold: whatever is accepted is in bounds, and nothing
// overflows on the way to a refusal.
#include <rapidcheck/gtest.h>

#include <array>
#include <map>

#include "ledger/account.h"

namespace passbook {
namespace {

__extension__ using Wide = __int128;

constexpr AccountId kAccount{1};
constexpr std::int64_t kMax = INT64_MAX;
constexpr std::int64_t kMin = INT64_MIN;
constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
const std::vector<BranchId> kThree{BranchId{1}, BranchId{2}, BranchId{3}};

Account account(std::int64_t opening, std::int64_t limit) {
  return Account({kAccount, Money{opening}, Money{limit}}, kThree);
}

/// All kinds of changes, of one amount.
std::vector<Change> changes_of(std::int64_t amount) {
  const Money money{amount};
  return {Deposit{kAccount, money}, Withdrawal{kAccount, money}, Grant{kAccount, kB, money},
          Release{kAccount, kB, money}};
}

TEST(AccountEdges, NoAmountIsBadUnlessItIsPositive) {
  for (const Account& each : {account(kMax, 0), account(0, kMax), account(0, 0)}) {
    for (const std::int64_t amount : {kMin, kMin + 1, std::int64_t{-1}, std::int64_t{0}}) {
      for (const Change& change : changes_of(amount)) {
        EXPECT_EQ(each.refusal(kA, change), ChangeRefusal::bad_amount) << amount;
      }
    }
  }
}

TEST(AccountEdges, AnAccountThatIsFullFromTheStartOnlyShowsItsBalance) {
  for (const auto& [opening, limit] :
       {std::pair(kMax, std::int64_t{0}), std::pair(std::int64_t{0}, kMax),
        std::pair(kMax / 2, kMax - kMax / 2)}) {
    const Account full = account(opening, limit);
    EXPECT_EQ(full.balance(), Money{opening});
    Wide rights = 0;
    for (const BranchId branch : kThree) {
      rights += full.rights({branch}).minor;
    }
    EXPECT_EQ(rights, Wide{kMax});
    for (const std::int64_t amount : {std::int64_t{1}, kMax}) {
      EXPECT_EQ(full.refusal(kA, Deposit{kAccount, Money{amount}}), ChangeRefusal::overflow);
      EXPECT_EQ(full.refusal(kA, Withdrawal{kAccount, Money{amount}}), ChangeRefusal::overflow);
      EXPECT_EQ(full.refusal(kA, Grant{kAccount, kB, Money{amount}}), ChangeRefusal::overflow);
    }
    EXPECT_EQ(full.grantable(kA), Money{});
  }
}

TEST(AccountEdges, TotalsThatAddUpToMoreThanAnAmountHoldsAreNotRestored) {
  const OpeningAccount opening{kAccount, Money{400}, Money{0}};
  const auto restored = [&](std::int64_t in, std::int64_t out, std::int64_t rights) {
    std::vector<OriginTotals> totals;
    for (const BranchId branch : kThree) {
      totals.push_back({{branch}, Money{rights}, Money{in}, Money{out}, Money{}});
    }
    return Account::restored(opening, kThree, totals).has_value();
  };
  std::vector<OriginTotals> back_twice;  // each in its bounds, and all of them too much
  const std::int64_t most = (kMax - 400) / 3;
  for (const BranchId branch : kThree) {
    const std::int64_t share = branch.value == 1 ? 134 : 133;
    for (const Incarnation life : {Incarnation{1}, Incarnation{2}}) {
      const std::int64_t rights = most + (life == Incarnation{1} ? share : 0);
      back_twice.push_back({{branch, life}, Money{rights}, Money{most}, Money{}, Money{}});
    }
  }
  EXPECT_FALSE(Account::restored(opening, kThree, back_twice));
  EXPECT_FALSE(restored(kMax, kMax, 134));
  EXPECT_FALSE(restored(kMax, 0, kMax));
  EXPECT_FALSE(restored(0, kMin, kMax));
  EXPECT_FALSE(restored(kMin, 0, kMin));
}

/// What must hold, in numbers that can't overflow.
class WideAccount {
 public:
  WideAccount(std::int64_t opening, std::int64_t limit) : balance_(opening), limit_(limit) {
    const Wide shared = Wide{opening} + limit;
    for (const BranchId branch : kThree) {
      rights_[{branch}] = shared / 3 + (branch.value <= shared % 3 ? 1 : 0);
    }
  }

  void apply(Origin by, const Change& change) {
    const Wide amount = amount_of(change).minor;
    if (std::holds_alternative<Deposit>(change)) {
      rights_[by] += amount;
      balance_ += amount;
    } else if (std::holds_alternative<Withdrawal>(change)) {
      rights_[by] -= amount;
      balance_ -= amount;
      outgoing_ += amount;
    } else if (const auto* grant = std::get_if<Grant>(&change)) {
      rights_[by] -= amount;
      rights_[grant->to] += amount;
    } else {
      rights_[std::get<Release>(change).from] -= amount;
      rights_[by] += amount;
    }
  }

  void expect_same(const Account& real) const {
    RC_ASSERT(balance_ == real.balance().minor);
    RC_ASSERT(outgoing_ == real.outgoing().minor);
    RC_ASSERT(balance_ >= -limit_);
    Wide sum = 0;
    for (const auto& [origin, rights] : rights_) {
      RC_ASSERT(rights >= 0);
      RC_ASSERT(rights == real.rights(origin).minor);
      sum += rights;
    }
    RC_ASSERT(sum == balance_ + limit_);
  }

 private:
  Wide balance_;
  Wide limit_;
  Wide outgoing_ = 0;
  std::map<Origin, Wide> rights_;
};

std::int64_t any_edge() {
  const auto near = *rc::gen::inRange<std::int64_t>(0, 5);
  return *rc::gen::elementOf(std::vector<std::int64_t>{
      near, kMax - near, kMax / 2 + near, kMax / 3 + near, kMax / 3 - near, kMax / 6 + near,
      kMin + near, -near, std::int64_t{1} << 53U});
}

RC_GTEST_PROP(AccountEdges, WhateverIsAcceptedIsInBounds, ()) {
  const std::int64_t opening = std::max<std::int64_t>(any_edge(), 0);
  const std::int64_t limit = std::min(std::max<std::int64_t>(any_edge(), 0), kMax - opening);
  Account real = account(opening, limit);
  WideAccount wide(opening, limit);
  const auto any_origin = [] {
    return Origin{BranchId{*rc::gen::inRange(1U, 4U)}, Incarnation{*rc::gen::inRange(1U, 4U)}};
  };
  for (int i = *rc::gen::inRange(1, 80); i > 0; --i) {
    const Origin by = any_origin();
    Change change = *rc::gen::elementOf(changes_of(any_edge()));
    if (auto* grant = std::get_if<Grant>(&change)) {
      grant->to = any_origin();
    } else if (auto* release = std::get_if<Release>(&change)) {
      release->from = any_origin();
    }
    if (!real.refusal(by, change)) {
      real.apply(by, change);
      wide.apply(by, change);
    }
    wide.expect_same(real);
    RC_ASSERT(Account::restored({kAccount, Money{opening}, Money{limit}}, kThree, real.totals()));
  }
}

}  // namespace
}  // namespace passbook
