// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

namespace passbook {
namespace {

constexpr Origin kA{BranchId{1}};

Bank bank() {
  return {{BranchId{1}, BranchId{2}},
          {{AccountId{1}, Money{100}, Money{0}}, {AccountId{2}, Money{0}, Money{50}}}};
}

TEST(Ledger, KeepsItsAccountsApart) {
  Ledger ledger(bank());
  ledger.apply(kA, Deposit{AccountId{2}, Money{7}});
  EXPECT_EQ(ledger.find(AccountId{1})->balance(), Money{100});
  EXPECT_EQ(ledger.find(AccountId{2})->balance(), Money{7});
}

TEST(Ledger, RefusesAnUnknownAccount) {
  const Ledger ledger(bank());
  EXPECT_EQ(ledger.find(AccountId{9}), nullptr);
  EXPECT_EQ(ledger.refusal(kA, Deposit{AccountId{9}, Money{1}}), ChangeRefusal::unknown_account);
}

// Snapshots.

std::map<AccountId, Money> balances_in(const std::vector<AccountSnapshot>& accounts) {
  std::map<AccountId, Money> out;
  Ledger ledger(bank());
  for (const AccountSnapshot& account : accounts) {
    EXPECT_TRUE(ledger.restore(account.account, account.totals));
    EXPECT_TRUE(out.emplace(account.account, ledger.find(account.account)->balance()).second)
        << "each once";
  }
  return out;
}

std::map<AccountId, Money> snapshot_of(Ledger& ledger) {
  ledger.begin_snapshot();
  EXPECT_TRUE(ledger.copy_touched(SIZE_MAX));
  return balances_in(ledger.take_copies());
}

using Balances = std::map<AccountId, Money>;

TEST(LedgerSnapshot, HoldsWhatWasTouchedSinceTheOneBefore) {
  Ledger ledger(bank());
  EXPECT_EQ(snapshot_of(ledger), Balances{}) << "an account that nobody touched is as it opened";
  ledger.apply(kA, Deposit{AccountId{2}, Money{7}});
  ledger.apply(kA, Deposit{AccountId{2}, Money{1}});
  EXPECT_EQ(snapshot_of(ledger), (Balances{{AccountId{2}, Money{8}}}));
  EXPECT_EQ(snapshot_of(ledger), Balances{});
  ledger.apply(kA, Deposit{AccountId{1}, Money{1}});
  ledger.apply(kA, Deposit{AccountId{2}, Money{1}});
  EXPECT_EQ(snapshot_of(ledger), (Balances{{AccountId{1}, Money{101}}, {AccountId{2}, Money{9}}}));
}

TEST(LedgerSnapshot, HoldsAccountsAsTheyWereWhenItWasBegunHoweverFewAreCopiedAtOnce) {
  Ledger ledger(bank());
  ledger.apply(kA, Deposit{AccountId{1}, Money{1}});
  ledger.apply(kA, Deposit{AccountId{2}, Money{1}});
  ledger.begin_snapshot();
  EXPECT_FALSE(ledger.copy_touched(1));
  ledger.apply(kA, Deposit{AccountId{1}, Money{10}});
  ledger.apply(kA, Deposit{AccountId{2}, Money{10}});
  ledger.apply(kA, Deposit{AccountId{2}, Money{10}});
  EXPECT_TRUE(ledger.copy_touched(1));
  EXPECT_EQ(balances_in(ledger.take_copies()),
            (Balances{{AccountId{1}, Money{101}}, {AccountId{2}, Money{1}}}));
  EXPECT_EQ(snapshot_of(ledger), (Balances{{AccountId{1}, Money{111}}, {AccountId{2}, Money{21}}}))
      << "what was touched meanwhile is in the next";
}

TEST(LedgerSnapshot, AnAccountThatIsTakenBackIsInOneAlready) {
  Ledger before(bank());
  before.apply(kA, Deposit{AccountId{1}, Money{1}});
  before.begin_snapshot();
  before.copy_touched(1);
  Ledger ledger(bank());
  for (const AccountSnapshot& account : before.take_copies()) {
    EXPECT_TRUE(ledger.restore(account.account, account.totals));
  }
  EXPECT_EQ(ledger.find(AccountId{1})->balance(), Money{101});
  EXPECT_EQ(snapshot_of(ledger), Balances{});
  ledger.apply(kA, Deposit{AccountId{1}, Money{1}});
  EXPECT_EQ(snapshot_of(ledger), (Balances{{AccountId{1}, Money{102}}}));
}

TEST(LedgerSnapshot, GivesNoAccountThatTheBankLacks) {
  Ledger ledger(bank());
  EXPECT_FALSE(ledger.restore(AccountId{9}, {}));
}

/// Journals and customers keep it.
TEST(BankIdentity, IsTheSameInEveryVersion) {
  EXPECT_EQ(
      identity({{BranchId{1}, BranchId{258}}, {{AccountId{3}, Money{-70'000}, Money{5}}}}).value,
      0xee8dcbc96165e339U);
}

TEST(BankIdentity, ChangesWithEverythingTheMoneyRestsOn) {
  const BankId same = identity(bank());
  EXPECT_EQ(identity(bank()), same);
  Bank other = bank();
  other.branches.emplace_back(3U);
  EXPECT_NE(identity(other), same);
  other = bank();
  other.accounts[0].opening = Money{101};
  EXPECT_NE(identity(other), same);
  other = bank();
  other.accounts[1].limit = Money{51};
  EXPECT_NE(identity(other), same);
  other = bank();
  other.run = 1;
  EXPECT_NE(identity(other), same);
}

TEST(BankIdentity, ChangesWithTheIdOfAnAccount) {
  Bank other = bank();
  other.accounts[1].id = AccountId{3};
  EXPECT_NE(identity(other), identity(bank()));
}

TEST(BankIdentity, TellsOneRunFromAnother) {
  Bank one = bank();
  one.run = 1;
  Bank two = bank();
  two.run = 2;
  EXPECT_NE(identity(one), identity(two));
}

TEST(BankIdentity, OfABankThatKeepsItsDisksIsTheSameInEveryRelease) {
  EXPECT_EQ(identity(bank()), BankId{0x3d3938d5aa6e7c13}) << "its journals say whose they are";
}

TEST(StatementOrder, IsByStampThenOriginThenSequence) {
  const Entry early{.id = {kA, Sequence{2}}, .stamp = Stamp{5}, .request = {}, .change = {}};
  Entry late = early;
  late.stamp = Stamp{6};
  Entry other = early;
  other.id.origin.branch = BranchId{2};
  EXPECT_TRUE(statement_order(early, late) < 0);
  EXPECT_TRUE(statement_order(early, other) < 0);
  EXPECT_TRUE(statement_order(early, early) == 0);
}

}  // namespace
}  // namespace passbook
