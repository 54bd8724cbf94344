// SPDX-License-Identifier: Apache-2.0
#include "branch/fetching.h"

#include "branch/test_bank.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FetchingTest : public testing::Test {
 protected:
  FetchingTest() {
    for (int i = 0; i < 5; ++i) {
      log.deposit();
    }
  }

  std::vector<Record> records() const { return {log.blocks().begin(), log.blocks().end()}; }
  const Block& block(std::size_t index) const { return log.blocks()[index]; }

  const Origin origin{BranchId{1}};
  TestLog log{origin};
};

TEST_F(FetchingTest, TakesWhatThePeerLacksAndSaysWhereToGoOn) {
  const Fetch wanted{.link = LinkId{3}, .after = {{origin, Sequence{3}}}, .entries = 100};
  const Fetched part = take_wanted(wanted, 7, records(), 13);
  EXPECT_EQ(part.link, LinkId{3});
  EXPECT_THAT(part.blocks, ElementsAre(block(3), block(4)));
  EXPECT_EQ(part.next, 12U);
}

TEST_F(FetchingTest, StopsWhenItHasTheEntriesThatMayBeSent) {
  const Fetch wanted{.link = {}, .after = {}, .entries = 2};
  const Fetched part = take_wanted(wanted, 7, records(), 12);
  EXPECT_THAT(part.blocks, ElementsAre(block(0), block(1)));
  EXPECT_EQ(part.next, 9U) << "it goes on with the third";
}

TEST_F(FetchingTest, TakesOneBlockThoughItHasMoreEntriesThanMayBeSent) {
  const Deposit deposit{AccountId{1}, Money{1}};
  TestLog large(origin);
  large.add({{deposit, {}, 0}, {deposit, {}, 0}, {deposit, {}, 0}});
  const Fetched part =
      take_wanted({.link = {}, .after = {}, .entries = 1}, 0, {Record(large.blocks()[0])}, 1);
  EXPECT_EQ(part.blocks.size(), 1U);
}

TEST_F(FetchingTest, SaysWhenTheseWereTheLast) {
  const Fetch wanted{.link = {}, .after = {{origin, Sequence{5}}}, .entries = 1};
  const Fetched none = take_wanted(wanted, 7, records(), 12);
  EXPECT_THAT(none.blocks, IsEmpty());
  EXPECT_EQ(none.next, 0U);
  EXPECT_EQ(take_wanted(wanted, 12, {}, 12).next, 0U);
}

TEST(FetchingBank, ReadsForAPeerNoMoreAtOnceThanItsBytesAndItsWindow) {
  using std::chrono::seconds;
  constexpr std::size_t kOne = block_size({.entries = 1, .requests = 1});
  for (const bool narrow : {false, true}) {
    BranchOptions options;
    options.snapshot_every = 20;
    options.fetch_bytes = 5 * kOne + 1;
    options.window_entries = narrow ? 3 : options.window_entries;
    options.beyond_window = narrow ? 3 : options.beyond_window;
    TestBank bank({.opening = 0, .options = options});
    TestCustomer who(1, {}, AckLevel::local);
    bank.run_for(seconds(1));
    bank.isolate(3);
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(bank.wait(bank.call(1, who.deposit(1, 1))).outcome, Outcome::ok);
    }
    bank.run_for(seconds(5));
    bank.heal();
    bank.run_for(seconds(30));
    EXPECT_EQ(bank.balance(3), Money{100});
    ASSERT_GT(bank.fetches(), 0U);
    EXPECT_EQ(bank.largest_fetch().entries, narrow ? 3U : 6U);
    EXPECT_EQ(bank.largest_fetch().bytes, bank.largest_fetch().entries * kOne);
  }
}

TEST(Fetching, WhatWasReadForAnotherStreamIsNotSent) {
  constexpr Instant kNow{std::chrono::seconds(100)};
  constexpr Origin kPeer{BranchId{1}};
  const Bank bank{{kPeer.branch, BranchId{2}}, {{kSharedAccount, Money{}, Money{}}}};
  const BranchOptions options{.window_entries = 0};
  const Topology topology(bank.branches, BranchId{2});
  Patience patience(options);
  Links links(topology, options, patience);
  State state(bank, Origin{BranchId{2}});
  Replication replication(topology, options, patience);
  Effects out;
  state.begin_process();
  links.up(LinkId{1}, kPeer.branch, kNow);
  links.establish(LinkId{1}, kPeer, kNow, out);
  replication.connected(kPeer, {}, {}, state, kNow);
  state.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
  const std::vector<Block> blocks = state.take_accepted();
  replication.flush(state, links, kNow, out);
  out = {};
  replication.fetched(kPeer.branch, {LinkId{2}, blocks, 0}, state, links, kNow, out);
  EXPECT_THAT(out.sends, IsEmpty());
  replication.fetched(kPeer.branch, {LinkId{1}, blocks, 0}, state, links, kNow, out);
  EXPECT_EQ(out.sends.size(), 1U);
}

}  // namespace
}  // namespace passbook
