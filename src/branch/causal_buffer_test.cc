// SPDX-License-Identifier: Apache-2.0
#include "branch/causal_buffer.h"

#include <rapidcheck/gtest.h>

#include "branch/state.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

constexpr AccountId kAccount{1};
constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
constexpr Origin kC{BranchId{3}};

using Took = CausalBuffer::Took;

Head head_of(const TestLog& log, std::size_t blocks) {
  const Block& last = log.blocks().at(blocks - 1);
  return {last.end().end.sequence, last.digest()};
}

TEST(CausalBuffer, HoldsABlockUntilItsDependenciesAreApplied) {
  CausalBuffer buffer;
  VersionVector applied;
  TestLog a(kA);
  TestLog b(kB);
  const Block waits = b.deposit(5, {a.deposit().end()});
  EXPECT_EQ(buffer.offer(waits, {}), Took::fresh);
  EXPECT_EQ(buffer.next(applied, {}), std::nullopt);
  applied.raise({kA, Sequence{1}});
  EXPECT_EQ(buffer.next(applied, {}), waits);
  EXPECT_TRUE(buffer.empty());
}

TEST(CausalBuffer, KeepsTheOrderOfAnOrigin) {
  CausalBuffer buffer;
  TestLog a(kA);
  TestLog b(kB);
  buffer.offer(b.deposit(5, {a.deposit().end()}), {});
  buffer.offer(b.deposit(), {});
  EXPECT_EQ(buffer.next({}, {}), std::nullopt) << "the second must not pass the first";
}

TEST(CausalBuffer, DropsDuplicatesAndNamesGaps) {
  CausalBuffer buffer;
  TestLog a(kA);
  for (int i = 0; i < 6; ++i) {
    a.deposit();
  }
  const auto& blocks = a.blocks();
  const Head head = head_of(a, 4);
  EXPECT_EQ(buffer.offer(blocks[3], head), Took::duplicate);
  EXPECT_EQ(buffer.offer(blocks[5], head), Took::gap);
  EXPECT_EQ(buffer.offer(blocks[4], head), Took::fresh);
  EXPECT_EQ(buffer.offer(blocks[4], head), Took::duplicate);
  EXPECT_EQ(buffer.offer(blocks[5], head), Took::fresh);
}

TEST(CausalBuffer, NamesForksAndKeepsWhatItHad) {
  CausalBuffer buffer;
  TestLog a(kA);
  TestLog twin(kA);
  a.deposit(1);
  twin.deposit(2);
  const Head head = head_of(a, 1);
  EXPECT_EQ(buffer.offer(twin.deposit(5), head), Took::fork) << "it follows another block";
  EXPECT_EQ(buffer.offer(a.deposit(5), head), Took::fresh);
  EXPECT_EQ(buffer.offer(twin.blocks()[1], head), Took::fork) << "another waits at that place";
  EXPECT_EQ(buffer.offer(twin.deposit(5), head), Took::fork) << "it follows another that waits";
  TestLog longer(kA);
  longer.add({{Deposit{kAccount, Money{1}}, {}, 0}, {Deposit{kAccount, Money{1}}, {}, 0}});
  EXPECT_EQ(buffer.offer(longer.blocks()[0], head), Took::fork) << "blocks have other ends there";
  EXPECT_EQ(buffer.next({{kA, Sequence{1}}}, {}), a.blocks()[1]);
}

TEST(CausalBuffer, ANewProcessTakesBackWhatItDoesNotHaveAndItsOwnStays) {
  CausalBuffer buffer;
  TestLog a(kA);
  for (int i = 0; i < 3; ++i) {
    buffer.offer(a.deposit(), {});
  }
  const ProcessId same = a.blocks()[0].head().process;
  EXPECT_FALSE(buffer.drop_beyond({kA, Sequence{1}}, same));
  EXPECT_EQ(buffer.offer(a.blocks()[2], {}), Took::duplicate)
      << "it was said before they were made";
  EXPECT_TRUE(buffer.drop_beyond({kA, Sequence{1}}, {.counter = same.counter + 1, .nonce = 0}));
  EXPECT_EQ(buffer.offer(a.blocks()[0], {}), Took::duplicate);
  EXPECT_EQ(buffer.offer(a.blocks()[1], {}), Took::fresh);
}

TEST(CausalBuffer, DropsWhatWaitsOfIncarnationsThatAreOverAndSaysSo) {
  CausalBuffer buffer;
  const Origin again{kA.branch, Incarnation{2}};
  const EntryId needed{kC, Sequence{1}};
  for (const Origin origin : {kA, kB, again}) {
    buffer.offer(TestLog(origin).deposit(5, {{needed, {}}}), {});
  }
  EXPECT_TRUE(buffer.drop_over(kA.branch, again.incarnation));
  EXPECT_FALSE(buffer.drop_over(kA.branch, again.incarnation)) << "it is gone";
  const VersionVector applied{{needed.origin, needed.sequence}};
  EXPECT_NE(buffer.next(applied, {}), std::nullopt);
  EXPECT_NE(buffer.next(applied, {}), std::nullopt);
  EXPECT_TRUE(buffer.empty()) << "only one of the three was dropped";
}

TEST(CausalBuffer, HoldsAReleaseUntilTheEarlierIncarnationIsKnownToBeOver) {
  CausalBuffer buffer;
  const Origin again{kA.branch, Incarnation{2}};
  TestLog log(again);
  buffer.offer(log.add({{Release{kAccount, kA, Money{5}}, {}, 0}}), {});
  Seals seals;
  EXPECT_EQ(buffer.next({}, seals), std::nullopt) << "it may live, and spend them";
  seals.put({kA.branch, Incarnation{2}, {}, true});
  EXPECT_NE(buffer.next({}, seals), std::nullopt);
}

/// Three branches accept deposits and grants at random, each knowing some of the others' entries.
/// The third replica then receives them in any interleaving that keeps each origin's order, some
/// twice.
RC_GTEST_PROP(CausalBufferProperty, AnyOrderOfArrivalEndsInTheSameState, ()) {
  const Bank bank{{BranchId{1}, BranchId{2}, BranchId{3}}, {{kAccount, Money{300}, Money{0}}}};
  State a(bank, kA);
  State b(bank, kB);
  a.begin_process();
  b.begin_process();
  std::vector<Block> from_a;
  std::vector<Block> from_b;
  const auto steps = *rc::gen::inRange(1, 25);
  for (int i = 0; i < steps; ++i) {
    State& at = *rc::gen::arbitrary<bool>() ? a : b;
    State& other = &at == &a ? b : a;
    std::vector<Block>& log = &at == &a ? from_a : from_b;
    const bool grants =
        *rc::gen::arbitrary<bool>() && at.ledger().find(kAccount)->rights(at.self()) > Money{10};
    const Change change = grants ? Change(Grant{kAccount, other.self(), Money{10}})
                                 : Change(Deposit{kAccount, Money{5}});
    at.accept(change, at.applied(), std::nullopt);
    log.push_back(at.take_accepted().at(0));
    if (*rc::gen::arbitrary<bool>()) {
      const auto& mine = at.applied();
      for (const EntryId& gap :
           other.applied().missing(VersionVector{{at.self(), mine.at(at.self())}})) {
        for (auto s = other.applied().at(gap.origin).value + 1; s <= gap.sequence.value; ++s) {
          other.apply(log[s - 1]);
        }
      }
    }
  }
  const auto is_deposit = [](const Block& block) {
    return std::holds_alternative<Deposit>(block.entry(0).change);
  };
  State c(bank, kC);
  CausalBuffer buffer;
  std::size_t next_a = 0;
  std::size_t next_b = 0;
  while (next_a < from_a.size() || next_b < from_b.size()) {
    const bool take_a =
        next_b == from_b.size() || (next_a < from_a.size() && *rc::gen::arbitrary<bool>());
    const Block& block = take_a ? from_a[next_a++] : from_b[next_b++];
    const Head head = c.logs().head(block.origin());
    RC_ASSERT(buffer.offer(block, head) == Took::fresh);
    if (*rc::gen::arbitrary<bool>()) {
      RC_ASSERT(buffer.offer(block, head) == Took::duplicate);
    }
    while (auto ready = buffer.next(c.applied(), {})) {
      c.apply(*ready);  // aborts if rights fell below zero
    }
  }
  RC_ASSERT(buffer.empty());
  const auto total = static_cast<std::int64_t>(std::ranges::count_if(from_a, is_deposit)) +
                     static_cast<std::int64_t>(std::ranges::count_if(from_b, is_deposit));
  RC_ASSERT(c.ledger().find(kAccount)->balance() == Money{300 + 5 * total});
}

}  // namespace
}  // namespace passbook
