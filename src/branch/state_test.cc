// SPDX-License-Identifier: Apache-2.0
#include "branch/state.h"

#include "ledger/testing_block.h"

namespace passbook {
namespace {

constexpr AccountId kAccount{1};
constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
constexpr RequestId kRequest{kA, {CustomerId{7}, 0}, 1};

Bank bank() { return {{BranchId{1}, BranchId{2}}, {{kAccount, Money{100}, Money{0}}}}; }
Deposit deposit(std::int64_t amount) { return {kAccount, Money{amount}}; }

/// A branch whose process has begun.
State begun(Origin self) {
  State out(bank(), self);
  out.begin_process();
  return out;
}

/// What a branch accepts, as the block that its peers get.
Block accepted(State& state, const Change& change, const VersionVector& needed = {},
               std::optional<RequestId> request = {}) {
  state.accept(change, needed, request);
  return state.take_accepted().at(0);
}

TEST(State, StampsExceedThoseOfAllAppliedEntries) {
  State a = begun(kA);
  State b = begun(kB);
  Stamp last;
  for (int i = 0; i < 5; ++i) {
    const Block block = accepted(b, deposit(1));
    last = block.head().stamp;
    a.apply(block);
  }
  EXPECT_GT(a.accept(deposit(1), {}, std::nullopt).entry.stamp, last);
}

TEST(State, WhatIsAcceptedCountsAtOnceAndBecomesOneBlock) {
  State a = begun(kA);
  a.accept(deposit(1), {}, kRequest);
  a.accept(deposit(2), {}, std::nullopt);
  EXPECT_EQ(a.own_length(), Sequence{2});
  EXPECT_EQ(a.ledger().find(kAccount)->balance(), Money{103});
  EXPECT_TRUE(a.logs().heads().empty()) << "nobody is told of it yet";
  const auto blocks = a.take_accepted();
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].size(), 2U);
  EXPECT_EQ(blocks[0].entry(0).request, kRequest);
  EXPECT_THAT(a.logs().heads().positions(), testing::ElementsAre(blocks[0].end()));
  EXPECT_TRUE(a.take_accepted().empty());
  EXPECT_EQ(accepted(a, deposit(3)).head().previous, blocks[0].digest());
}

TEST(State, WhatDoesNotFitIntoOneBlockBecomesMore) {
  State a = begun(kA);
  const std::size_t many = kMaxBlockBytes / block_size({.entries = 1}) * 2 + 10'000;
  for (std::size_t i = 0; i < many; ++i) {
    a.accept(deposit(1), {}, std::nullopt);
  }
  const auto blocks = a.take_accepted();
  EXPECT_GT(blocks.size(), 1U);
  std::size_t entries = 0;
  for (const Block& block : blocks) {
    EXPECT_LE(block.bytes().size(), kMaxBlockBytes);
    entries += block.size();
  }
  EXPECT_EQ(entries, many);
}

TEST(State, ABlockNamesOnlyWhatItsLogHasNotNamedBefore) {
  State a = begun(kA);
  State b = begun(kB);
  const Block first = accepted(b, deposit(1));
  a.apply(first);
  const VersionVector seen{{kB, Sequence{1}}};
  EXPECT_THAT(accepted(a, deposit(1), seen).head().dependencies, testing::ElementsAre(first.end()));
  EXPECT_THAT(accepted(a, deposit(1), seen).head().dependencies, testing::IsEmpty());
}

TEST(State, ABlockDependsOnWholeBlocks) {
  State a = begun(kA);
  State b = begun(kB);
  b.accept(deposit(1), {}, std::nullopt);
  const Block two = accepted(b, deposit(2));
  a.apply(two);
  EXPECT_THAT(accepted(a, deposit(1), {{kB, Sequence{1}}}).head().dependencies,
              testing::ElementsAre(two.end()));
}

TEST(State, ABlockAlwaysDependsOnTheGrantsThatItMaySpend) {
  State a = begun(kA);
  State b = begun(kB);
  const Block grant = accepted(b, Grant{kAccount, kA, Money{20}});
  a.apply(grant);
  EXPECT_THAT(accepted(a, Withdrawal{kAccount, Money{70}}).head().dependencies,
              testing::ElementsAre(grant.end()));
}

TEST(State, SaysWhenABlockBreaksARuleThoughEachOfItsEntriesAloneWouldNot) {
  State a = begun(kA);
  TestLog b(kB);
  const Withdrawal most{kAccount, Money{50}};
  EXPECT_FALSE(a.breaks_rules(b.add({{most, {}, 0}})));
  TestLog other(kB);
  EXPECT_TRUE(a.breaks_rules(other.add({{most, {}, 0}, {most, {}, 0}})));
}

TEST(State, RemembersWhatARequestBecameAndTheBalanceItLeft) {
  State a = begun(kA);
  a.accept(deposit(5), {}, kRequest);
  a.accept(deposit(9), {}, std::nullopt);
  ASSERT_NE(a.find(kRequest), nullptr);
  EXPECT_EQ(a.find(kRequest)->entry, Sequence{1});
  EXPECT_EQ(a.find(kRequest)->balance, Money{105});
}

TEST(State, IsRebuiltFromWhatWasPersisted) {
  State a = begun(kA);
  State b = begun(kB);
  const Block grant = accepted(b, Grant{kAccount, kA, Money{20}});
  a.apply(grant);
  const std::vector<Record> persisted{grant, accepted(a, deposit(5), {}, kRequest)};
  State again(bank(), kA);
  ASSERT_TRUE(again.restore({.snapshot = {}, .records = persisted}));
  again.begin_process();
  EXPECT_EQ(again.applied(), a.applied());
  EXPECT_EQ(again.logs().heads(), a.logs().heads());
  EXPECT_EQ(again.ledger().find(kAccount)->rights(kA), a.ledger().find(kAccount)->rights(kA));
  EXPECT_EQ(again.find(kRequest)->balance, Money{105});
  EXPECT_THAT(accepted(again, deposit(1)).head().dependencies, testing::IsEmpty())
      << "the grant was named by the block before the restart";
  EXPECT_EQ(again.clock().tick(), Stamp{accepted(a, deposit(1)).head().stamp.value + 1});
}

TEST(State, GoesOnWithTheChainsThatASnapshotLeft) {
  State a = begun(kA);
  State b = begun(kB);
  a.apply(accepted(b, deposit(1)));
  accepted(a, deposit(2));
  State again(bank(), kA);
  ASSERT_TRUE(again.restore({.snapshot = a.snapshot(), .records = {}}));
  EXPECT_EQ(again.begin_process(), ProcessBegun{2});
  EXPECT_EQ(again.logs().heads(), a.logs().heads());
  const Block next = accepted(b, deposit(3));
  again.apply(next);
  a.apply(next);
  EXPECT_EQ(accepted(again, deposit(4)).head().previous, accepted(a, deposit(4)).head().previous);
}

TEST(StateDeathTest, AGapInALogAborts) {
  State a = begun(kA);
  State b = begun(kB);
  accepted(b, deposit(1));
  EXPECT_DEATH(a.apply(accepted(b, deposit(1))), "no gaps");
}

TEST(StateDeathTest, AnotherHistoryAborts) {
  State a = begun(kA);
  State b = begun(kB);
  State twin = begun(kB);
  a.apply(accepted(b, deposit(1)));
  accepted(twin, deposit(2));
  EXPECT_DEATH(a.apply(accepted(twin, deposit(1))), "one chain");
}

}  // namespace
}  // namespace passbook
