// SPDX-License-Identifier: Apache-2.0
// Which branches are asked for rights, for how much and when; and which rights are given back. Each
// of three branches has 100 of 300.
#include "branch/escrow.h"
#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kTwo{BranchId{2}};
constexpr Origin kThree{BranchId{3}};

class EscrowPeers : public testing::Test {
 protected:
  void SetUp() override {
    one.greet(2);
    one.greet(3);
    one.step({TestPeers::said(2, Heartbeat{.answers = true}),
              TestPeers::said(3, Heartbeat{.answers = true})});
  }

  Effects withdraw(std::int64_t amount, Duration timeout = seconds(10)) {
    last = one.call(TestPeers::withdraw(amount), AckLevel::local, timeout);
    return one.step({last});
  }

  Effects abandon(const Called& called) {
    Called out = called;
    out.call = CallId{called.call.value + 1'000};
    out.request.operation = Abandon{};
    return one.step({out});
  }

  Effects given(TestLog& by, std::uint32_t from, std::int64_t amount) {
    return one.say(
        from, Blocks{{by.add({{Grant{kSharedAccount, TestPeers::self(), Money{amount}}, {}, 0}})}});
  }

  static std::vector<Grant> grants_in(const Effects& effects) {
    std::vector<Grant> out;
    for (const Record& record : effects.persist) {
      if (const auto* block = std::get_if<Block>(&record)) {
        for (const Entry& entry : block->entries()) {
          if (const auto* grant = std::get_if<Grant>(&entry.change)) {
            out.push_back(*grant);
          }
        }
      }
    }
    return out;
  }

  static std::vector<Money> asked(const Effects& effects, std::uint32_t of) {
    std::vector<Money> out;
    for (const RightsRequest& request : sent<RightsRequest>(effects, of)) {
      out.push_back(request.missing);
    }
    return out;
  }

  TestPeers one;
  Called last;
  TestLog two{kTwo};
  TestLog three{kThree};
};

TEST_F(EscrowPeers, FirstThoseWhoHaveEnoughAreAskedAndAWhileLaterAllForAllThatIsMissing) {
  const Effects effects = withdraw(150);
  const auto requests = sent<RightsRequest>(effects, 2);
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].missing, Money{50});
  EXPECT_EQ(requests[0].account, kSharedAccount);
  EXPECT_EQ(requests[0].priority.branch, BranchId{1});
  EXPECT_EQ(requests[0].stands, milliseconds(9'750)) << "until it must be answered";
  EXPECT_THAT(asked(effects, 3), IsEmpty());
  EXPECT_EQ(effects.wake, one.now() + milliseconds(25));
  EXPECT_THAT(one.wait(milliseconds(24)).sends, IsEmpty());
  const Effects later = one.wait(milliseconds(1));
  EXPECT_THAT(asked(later, 2), ElementsAre(Money{50}));
  EXPECT_THAT(asked(later, 3), ElementsAre(Money{50}));
  EXPECT_EQ(sent<RightsRequest>(later, 3)[0].stands, milliseconds(9'725));
  EXPECT_THAT(asked(one.run_for(seconds(1)), 2), IsEmpty()) << "it stands";
}

TEST_F(EscrowPeers, EachIsAskedForAPartOfWhatIsMissing) {
  const Effects effects = withdraw(250);
  EXPECT_THAT(asked(effects, 2), ElementsAre(Money{100}));
  EXPECT_THAT(asked(effects, 3), ElementsAre(Money{50}));
}

TEST_F(EscrowPeers, WhoWasAskedIsToldWhenTheClaimIsOver) {
  const Effects begun = withdraw(150);
  const Priority claim = sent<RightsRequest>(begun, 2).at(0).priority;
  one.wait(milliseconds(25));
  const Effects effects = given(two, 2, 50);
  EXPECT_THAT(effects.answers, SizeIs(1));
  for (const std::uint32_t peer : {2U, 3U}) {
    EXPECT_THAT(sent<RightsRequestCancelled>(effects, peer),
                ElementsAre(RightsRequestCancelled{kSharedAccount, claim}));
  }
}

/// The peer's grant may have been for the other claim. A claim that is not cancelled would stand at
/// the peer for ever, and take all its rights.
TEST_F(EscrowPeers, EvenWhoGaveEnoughForTwoClaimsIsToldOfBoth) {
  const Effects begun = withdraw(150);
  const Priority first = sent<RightsRequest>(begun, 2).at(0).priority;
  const Effects more = withdraw(50);
  const Priority second = sent<RightsRequest>(more, 2).back().priority;
  ASSERT_NE(first, second);
  const Effects over = given(two, 2, 100);
  EXPECT_THAT(over.answers, SizeIs(2));
  EXPECT_THAT(sent<RightsRequestCancelled>(over, 2),
              ElementsAre(RightsRequestCancelled{kSharedAccount, first},
                          RightsRequestCancelled{kSharedAccount, second}));
}

TEST_F(EscrowPeers, WhoAsksAgainIsNotGivenWhatIsOnItsWay) {
  const Priority claim{Stamp{1}, BranchId{2}};
  const auto asks = [&](std::int64_t missing, std::uint64_t applied) {
    return grants_in(one.say(
        2, RightsRequest{kSharedAccount, claim, Money{missing}, seconds(5), Sequence{applied}}));
  };
  EXPECT_THAT(asks(40, 0), ElementsAre(Grant{kSharedAccount, kTwo, Money{40}}));
  const std::size_t unfinished = one.replica().unfinished();
  EXPECT_THAT(asks(40, 0), IsEmpty());
  EXPECT_EQ(one.replica().unfinished(), unfinished) << "nothing is missing, so no claim stands";
  EXPECT_THAT(asks(50, 0), ElementsAre(Grant{kSharedAccount, kTwo, Money{10}}));
  EXPECT_THAT(asks(50, 1), ElementsAre(Grant{kSharedAccount, kTwo, Money{40}}))
      << "it had 40 and spent it for another";
  EXPECT_THAT(asks(7, 3), ElementsAre(Grant{kSharedAccount, kTwo, Money{7}}));
}

TEST_F(EscrowPeers, WhoGaveAPartIsToldTooAndIsNotAskedForTheRestAgain) {
  const Effects begun = withdraw(250);
  const Effects part = given(two, 2, 30);
  EXPECT_THAT(asked(part, 2), IsEmpty());
  EXPECT_THAT(part.answers, IsEmpty());
  const Effects over = abandon(last);
  EXPECT_THAT(sent<RightsRequestCancelled>(over, 2), SizeIs(1));
  EXPECT_THAT(sent<RightsRequestCancelled>(over, 3), SizeIs(1));
}

TEST_F(EscrowPeers, WhatWasGatheredInVainGoesBackToWhoGaveIt) {
  withdraw(250);
  given(two, 2, 60);
  given(three, 3, 10);
  EXPECT_THAT(grants_in(abandon(last)), ElementsAre(Grant{kSharedAccount, kTwo, Money{60}},
                                                    Grant{kSharedAccount, kThree, Money{10}}));
  EXPECT_EQ(one.status().escrow.grants_given, 2U);
}

TEST_F(EscrowPeers, WhatWasSpentOfItDoesNotGoBack) {
  withdraw(250);
  const Called first = last;
  given(two, 2, 60);
  withdraw(20);
  EXPECT_THAT(grants_in(abandon(first)), ElementsAre(Grant{kSharedAccount, kTwo, Money{40}}));
}

TEST_F(EscrowPeers, WhatWasGatheredStaysWhenItsGiverIsGone) {
  withdraw(250);
  given(two, 2, 60);
  one.hang_up(2);
  EXPECT_THAT(grants_in(abandon(last)), IsEmpty());
}

TEST_F(EscrowPeers, AnOlderClaimOfAPeerGoesFirstAndMoreIsAskedFor) {
  withdraw(150);
  const Effects effects =
      one.say(2, RightsRequest{kSharedAccount, {Stamp{1}, BranchId{2}}, Money{40}, seconds(5)});
  EXPECT_THAT(grants_in(effects), ElementsAre(Grant{kSharedAccount, kTwo, Money{40}}));
  EXPECT_THAT(asked(effects, 2), ElementsAre(Money{90})) << "now it has more than the other";
}

TEST_F(EscrowPeers, AYoungerClaimOfAPeerWaits) {
  withdraw(150);
  const Effects effects =
      one.say(2, RightsRequest{kSharedAccount, {Stamp{1'000}, BranchId{2}}, Money{40}, seconds(5)});
  EXPECT_THAT(grants_in(effects), IsEmpty());
}

/// A broken or hostile peer's request holds no withdrawal up for an hour.
TEST_F(EscrowPeers, NoClaimOfAPeerStandsLongerThanAnyRequestMay) {
  one.say(2, RightsRequest{
                 kSharedAccount, {Stamp{1}, BranchId{2}}, Money{1'000}, std::chrono::hours(1)});
  EXPECT_THAT(withdraw(100).answers, IsEmpty()) << "all rights go to the older claim";
  for (Duration waited{}; waited < BranchOptions{}.longest_request; waited += seconds(1)) {
    one.wait(seconds(1));
    one.step({TestPeers::said(2, Heartbeat{}), TestPeers::said(3, Heartbeat{})});
  }
  given(three, 3, 100);
  EXPECT_THAT(withdraw(100).answers, SizeIs(1));
}

TEST_F(EscrowPeers, WhoConnectsIsAskedToo) {
  one.hang_up(2);
  one.hang_up(3);
  EXPECT_THAT(withdraw(150).sends, IsEmpty());
  EXPECT_THAT(asked(one.greet(3), 3), ElementsAre(Money{50}));
}

TEST_F(EscrowPeers, MoreThanTheBankHasIsAskedOfNobodyButProven) {
  const Effects effects = withdraw(400);
  for (const std::uint32_t peer : {2U, 3U}) {
    EXPECT_THAT(asked(effects, peer), IsEmpty());
    const auto questions = sent<TotalsRequest>(effects, peer);
    ASSERT_THAT(questions, SizeIs(1));
    EXPECT_EQ(questions[0].round, 1U);
    EXPECT_EQ(questions[0].account, kSharedAccount);
  }
  const Priority claim = sent<TotalsRequest>(effects, 2)[0].priority;
  one.say(2, TotalsReply{kSharedAccount, claim, 1, Money{99}});
  const Effects proven = one.say(3, TotalsReply{kSharedAccount, claim, 1, Money{0}});
  ASSERT_THAT(proven.answers, SizeIs(1));
  EXPECT_EQ(proven.answers[0].answer.outcome, Outcome::insufficient_funds);
  EXPECT_EQ(proven.answers[0].answer.balance, Money{300});
}

TEST_F(EscrowPeers, JustWhatTheBankMayHaveIsNotRefused) {
  withdraw(400);
  const Priority claim = sent<TotalsRequest>(withdraw(400), 2).at(0).priority;
  one.say(2, TotalsReply{kSharedAccount, claim, 1, Money{100}});
  EXPECT_THAT(one.say(3, TotalsReply{kSharedAccount, claim, 1, Money{0}}).answers, IsEmpty());
}

TEST_F(EscrowPeers, WhoComesBackIsAskedItsTotalsAgain) {
  withdraw(400);
  one.hang_up(3);
  EXPECT_THAT(sent<TotalsRequest>(one.greet(3), 3), SizeIs(1));
}

TEST_F(EscrowPeers, WhoSpendsMoreThanItHasWishesForMoreInTime) {
  EXPECT_THAT(sent<RebalanceRequest>(withdraw(50), 2), IsEmpty());
  const Effects effects = withdraw(30);  // about 79 were spent, and 20 are left
  EXPECT_THAT(sent<RebalanceRequest>(effects, 2),
              ElementsAre(RebalanceRequest{kSharedAccount, Money{59}}));
  EXPECT_THAT(sent<RebalanceRequest>(effects, 3), IsEmpty());
  EXPECT_EQ(one.status().escrow.rebalance_requests_sent, 1U);
  EXPECT_THAT(sent<RebalanceRequest>(withdraw(1), 2), IsEmpty()) << "it was asked just now";
  one.run_for(milliseconds(246));
  EXPECT_THAT(sent<RebalanceRequest>(withdraw(1), 2), IsEmpty());
  EXPECT_THAT(sent<RebalanceRequest>(withdraw(1), 2), SizeIs(1)) << "a time of patience later";
}

TEST_F(EscrowPeers, WhoComesBackIsAskedForMoreInTimeAgain) {
  withdraw(50);
  EXPECT_THAT(sent<RebalanceRequest>(withdraw(30), 2), SizeIs(1));
  one.hang_up(2);
  one.greet(2);
  one.hang_up(3);
  one.greet(3);
  EXPECT_THAT(sent<RebalanceRequest>(withdraw(1), 2), SizeIs(1));
}

TEST_F(EscrowPeers, WhoHasRightsThatNobodyCanSpendIsNamed) {
  one.step({OperatorCalled{CallId{99}, SealRequest{.bank = identity(one.bank()),
                                                   .branch = BranchId{3},
                                                   .next = Incarnation{2},
                                                   .compare = {},
                                                   .ends = LogEnds{}}}});
  Hello hello = one.hello(3);
  hello.from.incarnation = Incarnation{2};
  one.step({LinkUp{LinkId{33}, std::nullopt}, Received{LinkId{33}, {hello, Stamp{1}}}});
  withdraw(250, seconds(1));
  const Effects effects = one.run_for(seconds(1));
  ASSERT_THAT(effects.answers, SizeIs(1));
  EXPECT_EQ(effects.answers[0].answer.outcome, Outcome::unavailable);
  EXPECT_THAT(effects.answers[0].answer.unreached, ElementsAre(BranchId{3}));
}

TEST_F(EscrowPeers, WhatStandsIsCounted) {
  EXPECT_EQ(one.replica().unfinished(), 0U);
  one.say(2, RightsRequest{kSharedAccount, {Stamp{1}, BranchId{2}}, Money{1'000}, seconds(5)});
  EXPECT_EQ(one.replica().unfinished(), 3U) << "the claim, who has it, and when it ends";
  one.say(3, RightsRequest{kSharedAccount, {Stamp{2}, BranchId{3}}, Money{1'000}, seconds(5)});
  EXPECT_EQ(one.replica().unfinished(), 6U);
  one.hang_up(2);
  EXPECT_EQ(one.replica().unfinished(), 3U);
  one.hang_up(3);
  EXPECT_EQ(one.replica().unfinished(), 0U);
}

TEST_F(EscrowPeers, AClaimOfAPeerThatIsGoneTakesNothing) {
  one.say(2, RightsRequest{kSharedAccount, {Stamp{1}, BranchId{2}}, Money{1'000}, seconds(50)});
  one.hang_up(2);
  given(three, 3, 100);
  EXPECT_THAT(withdraw(100).answers, SizeIs(1));
}

/// How many peers, of one, are asked for rights for a claim with this much time left.
std::size_t asked_with(Duration left) {
  constexpr Instant kNow{seconds(100)};
  const Bank bank{{BranchId{1}, BranchId{2}}, {{kSharedAccount, Money{300}, Money{0}}}};
  const BranchOptions options;
  const Topology topology(bank.branches, BranchId{1});
  const Patience patience(options);
  State state(bank, Origin{BranchId{1}});
  Links links(topology, options, patience);
  Escrow escrow(topology, options, patience);
  Effects out;
  links.up(LinkId{2}, std::nullopt, kNow);
  links.establish(LinkId{2}, kTwo, kNow, out);
  escrow.claim({Stamp{1}, BranchId{1}}, {kSharedAccount, Money{200}}, {}, kNow + left);
  std::vector<Priority> funded;
  escrow.settle(state, links, funded);
  escrow.flush(state, links, kNow, out);
  return sent<RightsRequest>(out, 2).size();
}

TEST(EscrowAlone, AsksNobodyForAClaimWhoseTimeIsUp) {
  EXPECT_EQ(asked_with(Duration(1)), 1U);
  EXPECT_EQ(asked_with(Duration{}), 0U);
}

}  // namespace
}  // namespace passbook
