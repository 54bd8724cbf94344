// SPDX-License-Identifier: Apache-2.0
// The contents of snapshots, and rebuilding a state from them.
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "branch/recalling.h"
#include "branch/state.h"

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
constexpr std::uint64_t kAccounts = 5;

Bank bank() {
  Bank out{{BranchId{1}, BranchId{2}}, {}};
  for (std::uint64_t i = 1; i <= kAccounts; ++i) {
    out.accounts.push_back({AccountId{i}, Money{100}, Money{0}});
  }
  return out;
}

Deposit deposit(std::uint64_t account) { return {AccountId{account}, Money{3}}; }

std::vector<std::uint64_t> accounts_in(const Snapshot& snapshot) {
  std::vector<std::uint64_t> out;
  for (const AccountSnapshot& account : snapshot.accounts) {
    out.push_back(account.account.value);
  }
  std::ranges::sort(out);
  return out;
}

/// A branch and its journal.
class Branch {
 public:
  Branch() { records_.emplace_back(state_.begin_process()); }

  State& state() { return state_; }

  void accept(const Change& change, std::optional<RequestId> request = {}) {
    state_.accept(change, state_.applied(), request);
    for (Block& block : state_.take_accepted()) {
      records_.emplace_back(std::move(block));
    }
  }
  void apply(const Block& block) {
    state_.apply(block);
    records_.emplace_back(block);
  }

  /// True if this completes a snapshot.
  bool go_on(std::size_t most) {
    if (auto made = state_.go_on_with_snapshot(most)) {
      snapshots_.push_back(std::move(*made));
      return true;
    }
    return false;
  }
  void snapshot() { snapshots_.push_back(state_.snapshot()); }
  const Snapshot& last() const { return snapshots_.back(); }

  /// The state rebuilt by a restart.
  State restored() const {
    State out(bank(), kA);
    const auto restored = out.restore(recall_from(snapshots_, records_));
    PASSBOOK_CHECK(restored, "the journal" + describe(restored.error()));
    return out;
  }
  void restart() {
    state_ = restored();
    records_.emplace_back(state_.begin_process());
  }

 private:
  State state_{bank(), kA};
  std::vector<Record> records_;
  std::vector<Snapshot> snapshots_;
};

void expect_same(const State& a, const State& b) {
  EXPECT_EQ(a.records(), b.records());
  EXPECT_EQ(a.applied(), b.applied());
  EXPECT_EQ(a.logs().heads(), b.logs().heads());
  for (const OpeningAccount& opening : bank().accounts) {
    EXPECT_EQ(a.ledger().find(opening.id)->totals(), b.ledger().find(opening.id)->totals());
    EXPECT_EQ(a.ledger().find(opening.id)->balance(), b.ledger().find(opening.id)->balance());
  }
}

TEST(StateSnapshot, HoldsTheAccountsThatWereTouchedSinceTheOneBefore) {
  Branch branch;
  branch.snapshot();
  EXPECT_THAT(accounts_in(branch.last()), IsEmpty());
  branch.accept(deposit(2));
  branch.accept(Grant{AccountId{4}, kB, Money{1}});
  branch.snapshot();
  EXPECT_THAT(accounts_in(branch.last()), ElementsAre(2, 4));
  branch.accept(deposit(3));
  branch.snapshot();
  EXPECT_THAT(accounts_in(branch.last()), ElementsAre(3));
  expect_same(branch.restored(), branch.state());
}

TEST(StateSnapshot, TheFirstAfterARestartHoldsWhatTheRecordsBeforeItTouched) {
  Branch branch;
  branch.accept(deposit(1));
  branch.snapshot();
  branch.accept(deposit(2));
  branch.restart();
  branch.accept(deposit(3));
  branch.snapshot();
  EXPECT_THAT(accounts_in(branch.last()), ElementsAre(2, 3));
  expect_same(branch.restored(), branch.state());
}

TEST(StateSnapshot, HoldsTheClockSoThatStampsGoOnRising) {
  Branch branch;
  branch.accept(deposit(1));
  branch.snapshot();
  EXPECT_EQ(branch.restored().clock().last(), branch.state().clock().last());
}

TEST(StateSnapshot, IsOfTheMomentWhenItWasBegun) {
  Branch branch;
  const RequestId early{kA, {CustomerId{7}, 1}, 1};
  const RequestId late{kA, {CustomerId{7}, 1}, 2};
  for (std::uint64_t account = 1; account <= 3; ++account) {
    branch.accept(deposit(account), account == 1 ? std::optional(early) : std::nullopt);
  }
  branch.state().begin_snapshot();
  EXPECT_FALSE(branch.go_on(1));
  branch.accept(deposit(3), late);
  EXPECT_FALSE(branch.go_on(1));
  EXPECT_TRUE(branch.go_on(1));
  State as_then(bank(), kA);
  ASSERT_TRUE(as_then.restore({.snapshot = branch.last(), .records = {}}));
  EXPECT_EQ(as_then.ledger().find(AccountId{3})->balance(), Money{103});
  EXPECT_EQ(as_then.own_length(), Sequence{3});
  EXPECT_NE(as_then.find(early), nullptr);
  EXPECT_EQ(as_then.find(late), nullptr);
  const State now = branch.restored();
  expect_same(now, branch.state());
  EXPECT_NE(now.find(late), nullptr);
}

TEST(StateSnapshot, BlocksLeaveTheMemoryAFewAtATime) {
  Branch branch;
  for (int i = 0; i < 10; ++i) {
    branch.accept(deposit(1));
  }
  const auto in_memory = [&] {
    std::uint64_t out = 0;
    for (std::uint64_t i = 1; i <= 10; ++i) {
      out += branch.state().logs().find({kA, Sequence{i}}) == nullptr ? 0 : 1;
    }
    return out;
  };
  branch.snapshot();
  EXPECT_EQ(in_memory(), 10U) << "only what the one before covers leaves";
  branch.state().begin_snapshot();
  EXPECT_TRUE(branch.go_on(4));
  EXPECT_EQ(in_memory(), 6U);
  branch.go_on(4);
  EXPECT_EQ(in_memory(), 2U);
  branch.go_on(4);
  EXPECT_EQ(in_memory(), 0U);
}

TEST(StateSnapshot, WithoutAnAccountThatWasTouchedIsRefused) {
  Branch branch;
  branch.accept(deposit(1));
  branch.accept(deposit(2));
  branch.snapshot();
  Snapshot lacking = branch.last();
  std::erase_if(lacking.accounts,
                [](const AccountSnapshot& account) { return account.account == AccountId{2}; });
  const auto restored = State(bank(), kA).restore({.snapshot = lacking, .records = {}});
  ASSERT_FALSE(restored);
  EXPECT_THAT(describe(restored.error()), HasSubstr("an account is missing"));
}

/// A restarted branch equals the one that goes on, whatever happens while snapshots are made part
/// by part, and whenever it is restarted.
RC_GTEST_PROP(StateSnapshotProperty, WithTheRecordsAfterItIsTheWholeState, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  Branch branch;
  State other(bank(), kB);
  other.begin_process();
  std::vector<RequestId> requests;
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t account = 1 + random.below(kAccounts);
    if (random.chance(1, 3)) {
      const RequestId id{kB, {CustomerId{1 + random.below(3)}, 1}, requests.size() + 1};
      requests.push_back(id);
      other.accept(deposit(account), {}, id);
      branch.apply(other.take_accepted().at(0));
    } else {
      const RequestId id{kA, {CustomerId{1 + random.below(3)}, 1}, requests.size() + 1};
      requests.push_back(id);
      branch.accept(deposit(account), id);
    }
    if (!branch.state().makes_snapshot() && random.chance(1, 5)) {
      branch.state().begin_snapshot();
    }
    if (random.chance(1, 2)) {
      branch.go_on(random.below(3));
    }
    if (random.chance(1, 20)) {
      const State again = branch.restored();
      expect_same(again, branch.state());
      for (const RequestId& id : requests) {
        RC_ASSERT(again.find(id) != nullptr);
        RC_ASSERT(*again.find(id) == *branch.state().find(id));
      }
      if (random.chance(1, 2)) {
        branch.restart();
      }
    }
  }
}

}  // namespace
}  // namespace passbook
