// SPDX-License-Identifier: Apache-2.0
#include "branch/state.h"

namespace passbook {
namespace {

constexpr AccountId kAccount{1};
constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
constexpr RequestId kRequest{BranchId{1}, {CustomerId{7}, 0}, 1};

Bank bank() { return {{BranchId{1}, BranchId{2}}, {{kAccount, Money{100}, Money{0}}}}; }
Deposit deposit(std::int64_t amount) { return {kAccount, Money{amount}}; }

TEST(State, StampsExceedThoseOfAllAppliedEntries) {
  State a(bank(), kA);
  State b(bank(), kB);
  for (int i = 0; i < 5; ++i) {
    b.accept(deposit(1), {}, std::nullopt);
  }
  for (std::uint64_t s = 1; s <= 5; ++s) {
    a.apply(*b.find({kB, Sequence{s}}));
  }
  EXPECT_GT(a.accept(deposit(1), {}, std::nullopt).stamp, b.find({kB, Sequence{5}})->stamp);
}

TEST(State, AnEntryNamesOnlyWhatItsLogHasNotNamedBefore) {
  State a(bank(), kA);
  State b(bank(), kB);
  a.apply(b.accept(deposit(1), {}, std::nullopt));
  const VersionVector seen{{kB, Sequence{1}}};
  EXPECT_THAT(a.accept(deposit(1), seen, std::nullopt).dependencies,
              testing::ElementsAre(EntryId{kB, Sequence{1}}));
  EXPECT_THAT(a.accept(deposit(1), seen, std::nullopt).dependencies, testing::IsEmpty());
}

TEST(State, AnEntryAlwaysDependsOnTheGrantsThatItMaySpend) {
  State a(bank(), kA);
  State b(bank(), kB);
  a.apply(b.accept(Grant{kAccount, kA, Money{20}}, {}, std::nullopt));
  EXPECT_THAT(a.accept(Withdrawal{kAccount, Money{70}}, {}, std::nullopt).dependencies,
              testing::ElementsAre(EntryId{kB, Sequence{1}}));
}

TEST(State, RemembersWhatARequestBecameAndTheBalanceItLeft) {
  State a(bank(), kA);
  a.accept(deposit(5), {}, kRequest);
  a.accept(deposit(9), {}, std::nullopt);
  ASSERT_NE(a.find(kRequest), nullptr);
  EXPECT_EQ(a.find(kRequest)->entry, (EntryId{kA, Sequence{1}}));
  EXPECT_EQ(a.find(kRequest)->balance, Money{105});
}

TEST(State, IsRebuiltFromWhatWasPersisted) {
  State a(bank(), kA);
  State b(bank(), kB);
  std::vector<Record> persisted;
  persisted.emplace_back(a.apply(b.accept(Grant{kAccount, kA, Money{20}}, {}, std::nullopt)));
  persisted.emplace_back(a.accept(deposit(5), {}, kRequest));
  State again(bank(), kA);
  again.restore(Recall{.snapshot = {}, .records = persisted});
  EXPECT_EQ(again.applied(), a.applied());
  EXPECT_EQ(again.ledger().find(kAccount)->rights(kA), a.ledger().find(kAccount)->rights(kA));
  EXPECT_EQ(again.find(kRequest)->balance, Money{105});
  EXPECT_THAT(again.accept(deposit(1), {}, std::nullopt).dependencies, testing::IsEmpty())
      << "the grant was named by the entry before the restart";
  EXPECT_EQ(again.clock().tick(), Stamp{a.accept(deposit(1), {}, std::nullopt).stamp.value + 1});
}

TEST(StateDeathTest, AGapInALogAborts) {
  State a(bank(), kA);
  State b(bank(), kB);
  b.accept(deposit(1), {}, std::nullopt);
  EXPECT_DEATH(a.apply(b.accept(deposit(1), {}, std::nullopt)), "no gaps");
}

}  // namespace
}  // namespace passbook
