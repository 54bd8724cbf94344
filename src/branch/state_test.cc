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

/// The block that a branch's peers get for an accepted change.
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

TEST(State, AnEntryFitsIntoABlockOnlyWithTheRequestThatItAnswers) {
  State a = begun(kA);
  a.accept(deposit(1), {}, kRequest);
  std::size_t entries = 1;  // so many that one more fits, but not with its request
  while (block_size({.entries = entries + 1, .requests = 2}) <= kMaxBlockBytes) {
    a.accept(deposit(1), {}, std::nullopt);
    ++entries;
  }
  ASSERT_LE(block_size({.entries = entries + 1, .requests = 1}), kMaxBlockBytes);
  const RequestId next{kA, kRequest.client, 2};
  a.accept(deposit(1), {}, next);
  const auto blocks = a.take_accepted();
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].size(), entries);
  EXPECT_EQ(blocks[1].entry(0).request, next);
}

TEST(State, StampsThatAreTooFarApartForOneBlockAreInTwo) {
  for (const bool far : {false, true}) {
    State a = begun(kA);
    const Stamp first = a.accept(deposit(1), {}, std::nullopt).entry.stamp;
    a.clock().observe(Stamp{first.value + UINT32_MAX - (far ? 0 : 1)});
    const Stamp second = a.accept(deposit(1), {}, std::nullopt).entry.stamp;
    const auto blocks = a.take_accepted();
    ASSERT_EQ(blocks.size(), far ? 2U : 1U);
    EXPECT_EQ(blocks.back().entry(blocks.back().size() - 1).stamp, second);
  }
}

TEST(State, CountsItsRecordsAsTheyAreKept) {
  State a = begun(kA);
  State b = begun(kB);
  EXPECT_EQ(a.records(), 1U) << "its beginning";
  a.accept(deposit(1), {}, std::nullopt);
  a.accept(deposit(1), {}, std::nullopt);
  EXPECT_EQ(a.records(), 1U);
  a.take_accepted();
  EXPECT_EQ(a.records(), 2U);
  a.apply(accepted(b, deposit(2)));
  EXPECT_EQ(a.records(), 3U);
  a.refuse({kRequest, {}, Outcome::abandoned});
  EXPECT_EQ(a.records(), 4U);
  const Seal seal{.branch = kB.branch, .next = Incarnation{2}, .ends = {}};
  EXPECT_TRUE(a.seal(seal));
  EXPECT_FALSE(a.seal(seal)) << "nothing new";
  EXPECT_EQ(a.records(), 5U);
}

TEST(State, EachEntryOfABlockThatIsAppliedHasATimeOfItsOwn) {
  State a = begun(kA);
  TestLog b(kB);
  b.stamp_from(Stamp{50});
  const auto booked = a.apply(b.add({{deposit(1), {}, 0}, {deposit(2), {}, 3}}));
  ASSERT_EQ(booked.size(), 2U);
  EXPECT_EQ(booked[0].clock, Stamp{52});
  EXPECT_EQ(booked[1].clock, Stamp{55});
  EXPECT_EQ(booked[0].balance, Money{101});
  EXPECT_EQ(booked[1].balance, Money{103});
}

TEST(State, ABlockOfAnAccountThatDoesNotExistBreaksARule) {
  State a = begun(kA);
  const Deposit stray{AccountId{9}, Money{1}};
  EXPECT_TRUE(a.breaks_rules(TestLog(kB).add({{stray, {}, 0}})));
  EXPECT_TRUE(a.breaks_rules(TestLog(kB).add({{deposit(1), {}, 0}, {stray, {}, 0}})));
  EXPECT_FALSE(a.breaks_rules(TestLog(kB).add({{deposit(1), {}, 0}, {deposit(1), {}, 0}})));
}

TEST(State, ABranchThatWasRecoveredTakesOverWhatItsEarlierLivesLeftWhenThatIsWished) {
  const Origin again{kA.branch, Incarnation{2}};
  const Seal seal{.branch = kA.branch, .next = again.incarnation, .ends = {}, .final = true};
  for (const bool wished : {false, true}) {
    State a(bank(), again);
    const Recovery recovery{.goal = {{kB, Sequence{1}}}, .release_rights = wished};
    ASSERT_TRUE(a.restore({.snapshot = {}, .records = {seal, recovery}}));
    a.begin_process();
    EXPECT_FALSE(a.recovered());
    EXPECT_TRUE(a.releasable().empty());
    TestLog b(kB);
    a.apply(b.add({{Grant{kAccount, again, Money{5}}, {}, 0}}));
    EXPECT_TRUE(a.recovered());
    const auto releases = a.releasable();
    ASSERT_EQ(releases.size(), wished ? 1U : 0U);
    if (wished) {
      EXPECT_EQ(releases[0], (Release{kAccount, kA, Money{50}}));
      a.accept(releases[0], {}, std::nullopt);
      EXPECT_TRUE(a.releasable().empty()) << "nothing is left";
    }
  }
}

TEST(State, WhereALogThatIsOverEndsIsKnownAndWhetherThatIsHere) {
  State a = begun(kA);
  TestLog b(kB);
  b.deposit(1);
  b.deposit(2);
  EXPECT_FALSE(a.has_all_of(kB));
  a.seal({kB.branch, Incarnation{2}, {{b.blocks()[1].end()}, {}}, true, 1});
  EXPECT_EQ(a.kept_end(kB), b.blocks()[1].end());
  a.apply(b.blocks()[0]);
  EXPECT_FALSE(a.has_kept_end(kB));
  EXPECT_FALSE(a.has_all_of(kB));
  a.apply(b.blocks()[1]);
  EXPECT_TRUE(a.has_kept_end(kB));
  EXPECT_TRUE(a.has_all_of(kB));
  const Origin next{kB.branch, Incarnation{2}};
  EXPECT_EQ(a.kept_end(next), std::nullopt);
  EXPECT_FALSE(a.has_all_of(next));
  EXPECT_FALSE(a.has_given_up_entries());
  EXPECT_FALSE(a.gave_up(b.blocks()[0].end()));
  EXPECT_FALSE(a.gave_up({b.blocks()[0].end().end, Tag{}})) << "whatever history is meant";
  EXPECT_TRUE(a.gave_up({b.blocks()[0].end().end, Tag{9}}));
  EXPECT_TRUE(a.gave_up({{kB, Sequence{3}}, Tag{}}));
}

TEST(State, OfALogOfWhichNothingWasKeptAllIsHere) {
  State a = begun(kA);
  a.seal({kB.branch, Incarnation{2}, {}, true, 1});
  EXPECT_EQ(a.kept_end(kB), std::nullopt);
  EXPECT_TRUE(a.has_all_of(kB));
}

TEST(State, KnowsWhenItHasWhatWasGivenUp) {
  TestLog b(kB);
  TestLog other(kB);
  b.deposit(1);
  other.deposit(2);
  const TaggedPosition here = b.blocks()[0].end();
  const TaggedPosition there = other.blocks()[0].end();
  const auto is_given_up = [&](const LogEnds& ends, bool final) {
    State a = begun(kA);
    a.apply(b.blocks()[0]);
    a.seal({kB.branch, Incarnation{2}, ends, final, 1});
    return a.has_given_up_entries();
  };
  EXPECT_FALSE(is_given_up({{here}, {there}}, true));
  EXPECT_TRUE(is_given_up({{there}, {}}, true)) << "another history was kept";
  EXPECT_TRUE(is_given_up({{{{kB, Sequence{9}}, Tag{9}}}, {here}}, true));
  EXPECT_TRUE(is_given_up({}, true)) << "nothing was kept";
  EXPECT_FALSE(is_given_up({{there}, {here}}, false)) << "that is not agreed yet";
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

TEST(StateDeathTest, NothingIsAcceptedBeforeAProcessBegins) {
  State a(bank(), kA);
  EXPECT_DEATH(a.accept(deposit(1), {}, std::nullopt), "a process begins before");
}

TEST(StateDeathTest, AGapInALogAborts) {
  State a = begun(kA);
  State b = begun(kB);
  accepted(b, deposit(1));
  EXPECT_DEATH(a.apply(accepted(b, deposit(1))), "no gaps");
}

TEST(StateDeathTest, WhatWasAcceptedIsTakenBeforeAnythingOfOthersIsApplied) {
  State a = begun(kA);
  State b = begun(kB);
  const Block block = accepted(b, deposit(1));
  a.accept(deposit(1), {}, std::nullopt);
  EXPECT_DEATH(a.apply(block), "is taken first");
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
