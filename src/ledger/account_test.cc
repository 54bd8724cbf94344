// SPDX-License-Identifier: Apache-2.0
#include "ledger/account.h"

#include <rapidcheck/gtest.h>

#include "ledger/testing_account.h"

namespace passbook {
namespace {

constexpr AccountId kAccount{1};
const std::vector<BranchId> kThree{BranchId{1}, BranchId{2}, BranchId{3}};
constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
constexpr Origin kC{BranchId{3}};

Account account(std::int64_t opening, std::int64_t limit = 0) {
  return Account({kAccount, Money{opening}, Money{limit}}, kThree);
}

Deposit deposit(std::int64_t amount) { return {kAccount, Money{amount}}; }
Withdrawal withdrawal(std::int64_t amount) { return {kAccount, Money{amount}}; }
Grant grant(Origin to, std::int64_t amount) { return {kAccount, to, Money{amount}}; }

TEST(Account, SharesItsOpeningWithTheRemainderToTheLowestIds) {
  const Account a = account(400);
  EXPECT_EQ(a.rights(kA), Money{134});
  EXPECT_EQ(a.rights(kB), Money{133});
  EXPECT_EQ(a.rights(kC), Money{133});
  EXPECT_EQ(a.rights({BranchId{1}, Incarnation{2}}), Money{0});
}

TEST(Account, TakesNoMoreThanItHoldsFromABranchThatCameBackManyTimes) {
  Account a = account(300, 50);
  const std::int64_t most = (Money::max().minor - 350) / 3;
  for (std::uint32_t life = 1; life <= 3; ++life) {
    const Origin origin{BranchId{2}, Incarnation{life}};
    ASSERT_EQ(a.refusal(origin, deposit(most)), std::nullopt);
    a.apply(origin, deposit(most));
  }
  const Origin next{BranchId{2}, Incarnation{4}};
  EXPECT_EQ(a.refusal(next, deposit(most)), ChangeRefusal::overflow);
  EXPECT_EQ(a.refusal(next, deposit(3)), ChangeRefusal::overflow);
}

TEST(Account, ReleasesAllRightsHoweverManyTheyAre) {
  Account a = account(300);
  const std::int64_t share = (Money::max().minor - 300) / 3;
  const Origin next{BranchId{1}, Incarnation{2}};
  a.apply(kA, deposit(share));
  const Release all{kAccount, kA, a.rights(kA)};
  EXPECT_EQ(a.refusal(next, all), std::nullopt);
  a.apply(next, all);
  EXPECT_EQ(a.rights(next), Money{share + 100});
}

TEST(Account, SharesTheOverdraftLimitToo) { EXPECT_EQ(account(0, 300).rights(kB), Money{100}); }

TEST(Account, WithdrawalsNeedRightsAndNotOnlyMoney) {
  Account a = account(300);
  EXPECT_EQ(a.refusal(kA, withdrawal(100)), std::nullopt);
  EXPECT_EQ(a.refusal(kA, withdrawal(101)), ChangeRefusal::lacks_rights);
  a.apply(kB, grant(kA, 1));
  EXPECT_EQ(a.refusal(kA, withdrawal(101)), std::nullopt);
  a.apply(kA, withdrawal(101));
  EXPECT_EQ(a.balance(), Money{199});
  EXPECT_EQ(a.rights(kA), Money{0});
  EXPECT_EQ(a.rights(kB), Money{99});
}

TEST(Account, ADepositBringsRightsToItsOrigin) {
  Account a = account(0);
  a.apply(kC, deposit(50));
  EXPECT_EQ(a.rights(kC), Money{50});
  EXPECT_EQ(a.rights(kA), Money{0});
  EXPECT_EQ(a.incoming(kC), Money{50});
}

TEST(Account, CountsWhatCameInOverAllIncarnationsOfABranch) {
  Account a = account(0);
  a.apply(kC, deposit(50));
  a.apply({BranchId{3}, Incarnation{2}}, deposit(7));
  EXPECT_EQ(a.incoming(BranchId{3}), Money{57});
}

TEST(Account, RefusesAmountsThatAreNotPositive) {
  EXPECT_EQ(account(10).refusal(kA, deposit(0)), ChangeRefusal::bad_amount);
  EXPECT_EQ(account(10).refusal(kA, withdrawal(-5)), ChangeRefusal::bad_amount);
}

TEST(Account, RefusesWhatCouldOverflowASumAnywhere) {
  const std::int64_t most = (Money::max().minor - 400) / 3;
  Account a = account(400);
  EXPECT_EQ(a.refusal(kA, deposit(most + 1)), ChangeRefusal::overflow);
  for (const Origin origin : {kA, kB, kC}) {
    ASSERT_EQ(a.refusal(origin, deposit(most)), std::nullopt);
    a.apply(origin, deposit(most));
    EXPECT_EQ(a.refusal(origin, deposit(1)), ChangeRefusal::overflow);
  }
  EXPECT_LE(a.balance(), Money::max());
}

TEST(Account, GrantsNoMoreThanItsRunningTotalMayHold) {
  const std::int64_t most = (Money::max().minor - 300) / 3;
  Account a = account(300);
  a.apply(kA, deposit(most));
  a.apply(kA, grant(kB, most - 1));
  EXPECT_EQ(a.rights(kA), Money{101});
  EXPECT_EQ(a.grantable(kA), Money{1});
}

TEST(AccountDeathTest, AnOpeningOrALimitBelowZeroAborts) {
  EXPECT_DEATH(account(-1, 5), "not negative");
  EXPECT_DEATH(account(5, -1), "not negative");
}

TEST(AccountDeathTest, SpendingRightsThatAreNotThereAborts) {
  Account a = account(300);
  EXPECT_DEATH(a.apply(kA, withdrawal(101)), "spent rights");
}

RC_GTEST_PROP(AccountProperty, RightsStayNonNegativeAndSumToTheMoneyThereIs, ()) {
  const auto opening = *rc::gen::inRange<std::int64_t>(0, 1000);
  const auto limit = *rc::gen::inRange<std::int64_t>(0, 500);
  Account real = account(opening, limit);
  NaiveAccount naive{opening, limit, 3};
  const std::vector<Origin> origins{kA, kB, kC};
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const Origin by = *rc::gen::elementOf(origins);
    const auto amount = *rc::gen::inRange<std::int64_t>(1, 400);
    const auto kind = *rc::gen::inRange(0, 3);
    Change change = deposit(amount);
    if (kind > 0) {
      change = kind == 1 ? Change(withdrawal(amount))
                         : Change(grant(*rc::gen::elementOf(origins), amount));
    }
    const bool allowed = kind == 0 || amount <= naive.rights(by);
    RC_ASSERT(real.refusal(by, change).has_value() == !allowed);
    if (allowed) {
      real.apply(by, change);
      naive.history.emplace_back(by, change);
    }
    std::int64_t sum = 0;
    for (const Origin origin : origins) {
      RC_ASSERT(real.rights(origin).minor == naive.rights(origin));
      RC_ASSERT(real.rights(origin).minor >= 0);
      sum += real.rights(origin).minor;
    }
    RC_ASSERT(sum == real.balance().minor + limit);
    RC_ASSERT(real.balance().minor >= -limit);
  }
}

}  // namespace
}  // namespace passbook
