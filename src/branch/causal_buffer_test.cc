// SPDX-License-Identifier: Apache-2.0
#include "branch/causal_buffer.h"

#include <rapidcheck/gtest.h>

#include "branch/state.h"

namespace passbook {
namespace {

constexpr AccountId kAccount{1};
constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
constexpr Origin kC{BranchId{3}};

Entry entry(Origin origin, std::uint64_t sequence, std::vector<EntryId> dependencies = {}) {
  return {.id = {origin, Sequence{sequence}},
          .stamp = Stamp{sequence},
          .dependencies = std::move(dependencies),
          .request = {},
          .change = Deposit{kAccount, Money{1}}};
}

TEST(CausalBuffer, HoldsAnEntryUntilItsDependenciesAreApplied) {
  CausalBuffer buffer;
  VersionVector applied;
  EXPECT_EQ(buffer.offer(entry(kB, 1, {{kA, Sequence{1}}}), applied), CausalBuffer::Took::fresh);
  EXPECT_EQ(buffer.next(applied, {}), std::nullopt);
  applied.raise({kA, Sequence{1}});
  EXPECT_EQ(buffer.next(applied, {})->id, (EntryId{kB, Sequence{1}}));
  EXPECT_TRUE(buffer.empty());
}

TEST(CausalBuffer, KeepsTheOrderOfAnOrigin) {
  CausalBuffer buffer;
  const VersionVector applied;
  buffer.offer(entry(kB, 1, {{kA, Sequence{1}}}), applied);
  buffer.offer(entry(kB, 2), applied);
  EXPECT_EQ(buffer.next(applied, {}), std::nullopt) << "the second must not pass the first";
}

TEST(CausalBuffer, DropsDuplicatesAndNamesGaps) {
  CausalBuffer buffer;
  const VersionVector applied{{kA, Sequence{4}}};
  EXPECT_EQ(buffer.offer(entry(kA, 4), applied), CausalBuffer::Took::duplicate);
  EXPECT_EQ(buffer.offer(entry(kA, 6), applied), CausalBuffer::Took::gap);
  EXPECT_EQ(buffer.offer(entry(kA, 5), applied), CausalBuffer::Took::fresh);
  EXPECT_EQ(buffer.offer(entry(kA, 5), applied), CausalBuffer::Took::duplicate);
  EXPECT_EQ(buffer.offer(entry(kA, 6), applied), CausalBuffer::Took::fresh);
}

TEST(CausalBuffer, SaysWhetherItHeldWhatAnOriginNoLongerHas) {
  CausalBuffer buffer;
  buffer.offer(entry(kB, 1, {{kA, Sequence{1}}}), {});
  buffer.offer(entry(kB, 2), {});
  EXPECT_FALSE(buffer.drop_beyond({kB, Sequence{2}}));
  EXPECT_FALSE(buffer.drop_beyond({kC, Sequence{}}));
  EXPECT_TRUE(buffer.drop_beyond({kB, Sequence{1}}));
  EXPECT_EQ(buffer.offer(entry(kB, 2), {}), CausalBuffer::Took::fresh) << "it is not held";
}

/// Three branches accept deposits and grants at random, each knowing some of the others' entries;
/// the third replica then gets them in any interleaving that keeps each origin's order, some twice.
RC_GTEST_PROP(InboxProperty, AnyOrderOfArrivalEndsInTheSameState, ()) {
  const Bank bank{{BranchId{1}, BranchId{2}, BranchId{3}}, {{kAccount, Money{300}, Money{0}}}};
  State a(bank, kA);
  State b(bank, kB);
  std::vector<Entry> from_a;
  std::vector<Entry> from_b;
  const auto steps = *rc::gen::inRange(1, 25);
  for (int i = 0; i < steps; ++i) {
    State& at = *rc::gen::arbitrary<bool>() ? a : b;
    State& other = &at == &a ? b : a;
    std::vector<Entry>& log = &at == &a ? from_a : from_b;
    const bool grants =
        *rc::gen::arbitrary<bool>() && at.ledger().find(kAccount)->rights(at.self()) > Money{10};
    const Change change = grants ? Change(Grant{kAccount, other.self(), Money{10}})
                                 : Change(Deposit{kAccount, Money{5}});
    log.push_back(at.accept(change, at.applied(), std::nullopt));
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
  State c(bank, kC);
  CausalBuffer buffer;
  std::size_t next_a = 0;
  std::size_t next_b = 0;
  while (next_a < from_a.size() || next_b < from_b.size()) {
    const bool take_a =
        next_b == from_b.size() || (next_a < from_a.size() && *rc::gen::arbitrary<bool>());
    const Entry& e = take_a ? from_a[next_a++] : from_b[next_b++];
    RC_ASSERT(buffer.offer(e, c.applied()) == CausalBuffer::Took::fresh);
    if (*rc::gen::arbitrary<bool>()) {
      RC_ASSERT(buffer.offer(e, c.applied()) == CausalBuffer::Took::duplicate);
    }
    while (auto ready = buffer.next(c.applied(), {})) {
      c.apply(std::move(*ready));  // aborts if rights fell below zero
    }
  }
  RC_ASSERT(buffer.empty());
  const auto total =
      static_cast<std::int64_t>(std::ranges::count_if(
          from_a, [](const Entry& e) { return std::holds_alternative<Deposit>(e.change); })) +
      static_cast<std::int64_t>(std::ranges::count_if(
          from_b, [](const Entry& e) { return std::holds_alternative<Deposit>(e.change); }));
  RC_ASSERT(c.ledger().find(kAccount)->balance() == Money{300 + 5 * total});
}

}  // namespace
}  // namespace passbook
