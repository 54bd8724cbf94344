// SPDX-License-Identifier: Apache-2.0
// A replica's reactions to messages from peers, and its reports of them.
#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kOne{BranchId{1}};
constexpr Origin kTwo{BranchId{2}};
constexpr Origin kThree{BranchId{3}};

BranchOptions talkative() {
  BranchOptions out;
  out.observe = true;
  out.observe_messages = true;
  return out;
}

class ReplicaPeers : public testing::Test {
 protected:
  void SetUp() override {
    one.greet(2);
    one.greet(3);
  }

  /// The grants made by a step.
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

  static RightsRequest wish(std::uint32_t branch, std::int64_t missing, Stamp stamp = Stamp{7}) {
    return {kSharedAccount, {stamp, BranchId{branch}}, Money{missing}, seconds(5)};
  }

  TestPeers one{talkative()};
};

// Rights.

TEST_F(ReplicaPeers, GivesTheRightsThatAPeerAsksFor) {
  EXPECT_THAT(grants_in(one.say(2, wish(2, 30))),
              ElementsAre(Grant{kSharedAccount, kTwo, Money{30}}));
  EXPECT_EQ(one.status().escrow.grants_given, 1U);
}

TEST_F(ReplicaPeers, GivesNothingForAClaimThatCanNotBe) {
  EXPECT_THAT(grants_in(one.say(2, wish(3, 30))), IsEmpty()) << "it speaks for itself only";
  EXPECT_THAT(grants_in(one.say(2, wish(2, 0))), IsEmpty());
  EXPECT_THAT(grants_in(one.say(2, wish(2, -1))), IsEmpty());
  EXPECT_THAT(grants_in(one.say(2, wish(2, 30, Stamp{kHighestStamp.value + 1}))), IsEmpty());
  EXPECT_LT(one.state().clock().last(), Stamp{1'000});
  EXPECT_THAT(grants_in(one.say(2, RebalanceRequest{kSharedAccount, Money{0}})), IsEmpty());
  EXPECT_THAT(grants_in(one.say(2, RebalanceRequest{kSharedAccount, Money{-5}})), IsEmpty());
}

TEST_F(ReplicaPeers, TheClockPassesThatOfAClaim) {
  one.say(2, wish(2, 30, Stamp{5'000}));
  EXPECT_GT(one.state().clock().last(), Stamp{5'000});
}

TEST_F(ReplicaPeers, AClaimThatIsEndedOrTooOldGetsNothing) {
  one.say(2, wish(2, 150));  // 100 are here
  one.say(3, RightsRequestCancelled{kSharedAccount, {Stamp{7}, BranchId{2}}});
  EXPECT_THAT(grants_in(one.step({one.call(TestPeers::deposit(10))})),
              ElementsAre(Grant{kSharedAccount, kTwo, Money{10}}))
      << "only its own branch ends it";
  one.say(2, RightsRequestCancelled{kSharedAccount, {Stamp{7}, BranchId{2}}});
  EXPECT_THAT(grants_in(one.step({one.call(TestPeers::deposit(10))})), IsEmpty());
  one.say(2, wish(2, 50, Stamp{8}));
  EXPECT_THAT(grants_in(one.step({one.call(TestPeers::deposit(3))}, seconds(2))),
              ElementsAre(Grant{kSharedAccount, kTwo, Money{3}}));
  one.step({TestPeers::said(2, Heartbeat{}), TestPeers::said(3, Heartbeat{})}, seconds(2));
  EXPECT_THAT(grants_in(one.step({one.call(TestPeers::deposit(3))}, milliseconds(999))),
              ElementsAre(Grant{kSharedAccount, kTwo, Money{3}}));
  EXPECT_THAT(grants_in(one.step({one.call(TestPeers::deposit(3))}, milliseconds(1))), IsEmpty())
      << "it stood for five seconds";
}

TEST_F(ReplicaPeers, SparesForAPeerWhatItsOwnCustomersDoNotSpend) {
  one.say(3, wish(3, 0));  // no claim
  EXPECT_THAT(grants_in(one.say(2, RebalanceRequest{kSharedAccount, Money{30}})), IsEmpty())
      << "it has no more than its share";
  TestLog two(kTwo);
  for (int i = 0; i < 40; ++i) {
    one.say(2, Blocks{{two.add({{Withdrawal{kSharedAccount, Money{2}}, {}, 0}})}});
  }
  EXPECT_THAT(grants_in(one.say(2, RebalanceRequest{kSharedAccount, Money{30}})),
              ElementsAre(Grant{kSharedAccount, kTwo, Money{30}}));
  one.step({one.call(TestPeers::withdraw(150))});
  EXPECT_THAT(grants_in(one.say(2, RebalanceRequest{kSharedAccount, Money{30}})), IsEmpty())
      << "a customer here has a claim";
}

TEST_F(ReplicaPeers, SaysHowMuchHasComeInHere) {
  one.step({one.call(TestPeers::deposit(40))});
  const Priority claim{Stamp{7}, BranchId{2}};
  EXPECT_THAT(sent<TotalsReply>(one.say(2, TotalsRequest{kSharedAccount, claim, 9}), 2),
              ElementsAre(TotalsReply{kSharedAccount, claim, 9, Money{40}}));
  EXPECT_THAT(sent<TotalsReply>(one.say(2, TotalsRequest{AccountId{77}, claim, 9}), 2),
              ElementsAre(TotalsReply{AccountId{77}, claim, 9, Money{0}}));
}

// Streams.

TEST_F(ReplicaPeers, AnswersAHeartbeatThatAsks) {
  EXPECT_THAT(sent<Heartbeat>(one.say(2, Heartbeat{.asks = true}), 2),
              ElementsAre(Heartbeat{.answers = true}));
  EXPECT_THAT(sent<Heartbeat>(one.say(2, Heartbeat{}), 2), IsEmpty());
}

/// Until something is confirmed, only heartbeats say how far away peers are.
TEST_F(ReplicaPeers, WhoeverAnswersLateIsWaitedForLonger) {
  const auto waits = [](Duration round_trip) {
    TestPeers far;
    far.greet(2);
    far.greet(3);
    far.step({TestPeers::said(2, Heartbeat{.answers = true}),
              TestPeers::said(3, Heartbeat{.answers = true})},
             round_trip);
    far.step({far.call(TestPeers::withdraw(150))});  // of branch 2, which has enough
    const Instant asked = far.now();
    while (sent<RightsRequest>(far.wait(milliseconds(5)), 3).empty() &&
           far.now() < asked + seconds(1)) {
    }
    return far.now() - asked;
  };
  EXPECT_EQ(waits(milliseconds(1)), milliseconds(25));
  EXPECT_EQ(waits(milliseconds(60)), milliseconds(180)) << "three times as long";
}

TEST_F(ReplicaPeers, WhatIsReadOfAStreamThatWasClosedIsNotHeard) {
  TestLog two(kTwo);
  const Effects effects =
      one.step({TestPeers::said(2, one.hello(2)), TestPeers::said(2, Blocks{{two.deposit(5)}})});
  EXPECT_THAT(effects.closes, ElementsAre(TestPeers::link(2)));
  EXPECT_THAT(observed<PeerRefused>(effects), SizeIs(1));
  EXPECT_EQ(observed<PeerRefused>(effects)[0].why, "branch 2 said hello twice");
  EXPECT_EQ(one.balance(), Money{300});
}

TEST_F(ReplicaPeers, WhatASurplusStreamSaysIsNotHeeded) {
  one.step({one.call(TestPeers::deposit(5))});
  const Effects effects =
      one.step({LinkUp{LinkId{7}, BranchId{2}}, Received{LinkId{7}, {one.hello(2), Stamp{1}}}});
  EXPECT_THAT(effects.closes, ElementsAre(LinkId{7}));
  EXPECT_THAT(blocks_sent(effects, 2), IsEmpty()) << "it was sent over the other";
}

TEST_F(ReplicaPeers, APeerThatSendsWhatCanNotBeIsRefused) {
  TestLog two(kTwo);
  two.deposit(5);
  const Effects gap = one.say(2, Blocks{{two.deposit(6)}});
  ASSERT_THAT(observed<PeerRefused>(gap), SizeIs(1));
  EXPECT_EQ(observed<PeerRefused>(gap)[0].why,
            "branch 2 sent blocks out of order: entry 2 of branch 2 (incarnation 1) comes before "
            "those from 1 on");
  EXPECT_THAT(gap.closes, ElementsAre(TestPeers::link(2)));
  TestLog stranger(Origin{BranchId{9}});
  EXPECT_THAT(observed<PeerRefused>(one.say(3, Blocks{{stranger.deposit(5)}})).at(0).why,
              HasSubstr("a block of branch 9, which this bank does not have"));
  one.greet(2);
  TestLog own(kOne);
  EXPECT_THAT(observed<PeerRefused>(one.say(2, Blocks{{own.deposit(5)}})).at(0).why,
              HasSubstr("this branch's own entries"));
  one.greet(2);
  TestLog giver(kTwo);
  giver.add({{Grant{kSharedAccount, Origin{BranchId{9}}, Money{5}}, {}, 0}});
  EXPECT_THAT(observed<PeerRefused>(one.say(2, Blocks{giver.blocks()})).at(0).why,
              HasSubstr("a grant to branch 9"));
  one.greet(2);
  TestLog accounts(kTwo);
  accounts.add({{Deposit{AccountId{77}, Money{5}}, {}, 0}});
  EXPECT_THAT(observed<PeerRefused>(one.say(2, Blocks{accounts.blocks()})).at(0).why,
              HasSubstr("an entry of account 77, which does not exist"));
  EXPECT_EQ(one.balance(), Money{300});
}

TEST_F(ReplicaPeers, ABlockThatBreaksTheRulesIsLeftOutAndToldOf) {
  TestLog two(kTwo);
  two.add({{Withdrawal{kSharedAccount, Money{101}}, {}, 0}});
  two.deposit(5);
  const Effects effects = one.say(2, Blocks{two.blocks()});
  ASSERT_THAT(observed<PeerRefused>(effects), SizeIs(1));
  EXPECT_EQ(observed<PeerRefused>(effects)[0].why,
            "the block of branch 2 from entry 1 on breaks the rules: it and everything after it "
            "were refused");
  EXPECT_EQ(one.balance(), Money{300});
}

TEST_F(ReplicaPeers, WhoWasSentAwayForItsHistoryMayShowThatItsOwnWasKept) {
  TestLog here(kThree);
  TestLog other(kThree);
  other.deposit(7);
  one.say(3, Blocks{{here.deposit(5)}});
  const TaggedPosition mine = here.blocks()[0].end();
  const TaggedPosition theirs = other.blocks()[0].end();
  const TaggedPosition kept = other.deposit(9).end();
  one.hang_up(2);
  one.hang_up(3);
  // Branch 3 returns in another incarnation. The part of its first log that branch 2 has was kept.
  const Origin next{BranchId{3}, Incarnation{2}};
  Hello hello = one.hello(3);
  hello.from = next;
  const TaggedPosition third{{kThree, Sequence{1}}, Tag{9}};
  hello.seals = {{next.branch, next.incarnation, {{kept}, {third}}, true, 5}};
  one.step({LinkUp{TestPeers::link(3), std::nullopt}, TestPeers::said(3, hello)});
  ASSERT_TRUE(one.state().seals().over(kThree));
  // Branch 2 has a third history, so both refuse each other.
  EXPECT_THAT(sent<Divergence>(one.greet(2, {third}), 2), ElementsAre(Divergence{third, mine}));
  one.say(2, Divergence{mine, theirs});
  EXPECT_EQ(one.state().forks().all().at(kThree), (Fork{mine, theirs, BranchId{2}}));
}

TEST_F(ReplicaPeers, WhoStopsSaysNothingMore) {
  const Effects effects =
      one.step({one.call(TestPeers::deposit(5)),
                TestPeers::said(2, Progress{{{{kOne, Sequence{9}}, Tag{9}}}, {}})});
  ASSERT_TRUE(effects.stop.has_value());
  EXPECT_THAT(effects.sends, IsEmpty());
  EXPECT_THAT(effects.answers, IsEmpty());
}

TEST_F(ReplicaPeers, WhoStopsNamesWhatItHeardFirst) {
  const auto own = [](std::uint64_t sequence) {
    return TaggedPosition{{kOne, Sequence{sequence}}, Tag{9}};
  };
  EXPECT_THAT(one.say(2, Progress{{own(7), own(9)}, {}}).stop.value(), HasSubstr("has 7 entries"));
}

TEST_F(ReplicaPeers, WhoStopsAtAHelloIsNotConnectedByIt) {
  one.hang_up(2);
  const Effects effects = one.greet(2, {{{kOne, Sequence{9}}, Tag{9}}});
  EXPECT_TRUE(effects.stop.has_value());
  EXPECT_THAT(observed<PeerConnected>(effects), IsEmpty());
}

TEST_F(ReplicaPeers, WhoMayHavePassedOnWhatWasDroppedMustBeginAgain) {
  TestLog three(kThree);
  one.say(3, Blocks{{three.deposit(5, {{{kTwo, Sequence{9}}, Tag{9}}})}});  // waits
  Hello twin = one.hello(2);
  twin.process.nonce = 77;
  one.step({LinkUp{LinkId{7}, std::nullopt}, Received{LinkId{7}, {twin, Stamp{1}}}});
  one.hang_up(3);
  Hello again = one.hello(3);
  again.process.counter = 2;
  const Effects effects =
      one.step({LinkUp{LinkId{33}, std::nullopt}, Received{LinkId{33}, {again, Stamp{1}}}});
  EXPECT_THAT(effects.closes, ElementsAre(LinkId{7}, TestPeers::link(2)));
  const auto refused = observed<PeerRefused>(effects);
  ASSERT_THAT(refused, SizeIs(2));
  EXPECT_EQ(refused[0].why,
            "branch 2 must say again who it is: it may have passed on what was dropped");
  EXPECT_EQ(refused[1].why,
            "branch 2 must say again what it has: it may have passed on what was dropped");
}

TEST(Listening, ABranchCallsThoseWhoUsuallyCallIt) {
  EXPECT_THAT(TestPeers().wait(seconds(1)).dials, IsEmpty());
  EXPECT_THAT(TestPeers({.listen_first = seconds(2)}).wait(seconds(1)).dials,
              ElementsAre(BranchId{2}, BranchId{3}));
}

// Reports.

TEST_F(ReplicaPeers, TellsWhatItAppliedAndWhoConfirmedWhatItAccepted) {
  const Called called = one.call(TestPeers::deposit(5), AckLevel::all);
  const Effects accepted = one.step({called, one.call(TestPeers::deposit(6), AckLevel::all)});
  const auto seen = observed<RequestSeen>(accepted);
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].request, called.request.id);
  EXPECT_EQ(seen[0].deadline, called.deadline);
  const auto own = observed<Accepted>(accepted);
  ASSERT_THAT(own, SizeIs(2));
  EXPECT_EQ(own[0].entry.request, called.request.id);
  EXPECT_EQ(own[0].balance, Money{305});
  EXPECT_EQ(own[1].balance, Money{311});
  EXPECT_EQ(own[1].peers, one.bank().branches);
  EXPECT_GT(own[0].entry.stamp, seen[0].clock);

  TestLog two(kTwo);
  const Effects applied = one.say(2, Blocks{{two.deposit(7), two.deposit(8)}});
  const auto others = observed<Applied>(applied);
  ASSERT_THAT(others, SizeIs(2));
  EXPECT_EQ(others[0].entry.id, (EntryId{kTwo, Sequence{1}}));
  EXPECT_EQ(others[0].balance, Money{318});
  EXPECT_EQ(others[1].balance, Money{326});
  EXPECT_LT(others[0].clock, others[1].clock);
  EXPECT_THAT(observed<Accepted>(applied), IsEmpty());

  const Effects confirmed = one.say(2, Progress{{one.state().logs().heads().at(kOne)}, {}});
  const auto gains = observed<Confirmed>(confirmed);
  ASSERT_THAT(gains, SizeIs(2));
  EXPECT_EQ(gains[0].entry, (EntryId{kOne, Sequence{1}}));
  EXPECT_EQ(gains[0].request, called.request.id);
  EXPECT_EQ(gains[0].by, BranchId{2});
  EXPECT_EQ(gains[1].entry, (EntryId{kOne, Sequence{2}}));
  EXPECT_THAT(observed<Replied>(confirmed), IsEmpty());
  const auto again = one.say(2, Progress{{one.state().logs().heads().at(kOne)}, {}});
  EXPECT_THAT(observed<Confirmed>(again), IsEmpty());
  const Effects all = one.say(3, Progress{{one.state().logs().heads().at(kOne)}, {}});
  const auto replied = observed<Replied>(all);
  ASSERT_THAT(replied, SizeIs(2));
  EXPECT_EQ(replied[0].request, called.request.id);
  EXPECT_EQ(replied[0].outcome, Outcome::ok);
  EXPECT_EQ(replied[0].balance, Money{305});
  EXPECT_EQ(replied[0].clock, all.answers.at(0).answer.clock);
  EXPECT_EQ(all.answers.at(0).answer.confirmed, 3U);
}

TEST_F(ReplicaPeers, TellsEachMessageWithTheClocksOfItsSendAndItsReceipt) {
  const Effects effects = one.step({TestPeers::said(2, Heartbeat{.asks = true}, Stamp{900})});
  const auto received = observed<MessageReceived>(effects);
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(received[0].from, BranchId{2});
  EXPECT_EQ(received[0].envelope.clock, Stamp{900});
  EXPECT_EQ(received[0].clock, Stamp{901});
  const auto sends = observed<MessageSent>(effects);
  ASSERT_THAT(sends, SizeIs(1));
  EXPECT_EQ(sends[0].to, BranchId{2});
  EXPECT_EQ(sends[0].envelope, effects.sends.at(0).envelope);
  EXPECT_EQ(sends[0].envelope.clock, Stamp{902});

  const Effects greeted =
      one.step({LinkUp{LinkId{20}, std::nullopt}, LinkUp{LinkId{21}, BranchId{3}}});
  const auto hellos = observed<MessageSent>(greeted);
  ASSERT_THAT(hellos, SizeIs(2));
  EXPECT_EQ(hellos[0].to, std::nullopt) << "it has not said who it is";
  EXPECT_EQ(hellos[1].to, BranchId{3}) << "it was dialed";
}

TEST_F(ReplicaPeers, EachEntryOfAMessageIsOneReceipt) {
  TestLog two(kTwo);
  const Block& three = two.add({{Deposit{kSharedAccount, Money{1}}, {}, 0},
                                {Deposit{kSharedAccount, Money{2}}, {}, 0},
                                {Deposit{kSharedAccount, Money{3}}, {}, 0}});
  const Effects effects = one.step({TestPeers::said(2, Blocks{{three}}, Stamp{500})});
  const auto received = observed<MessageReceived>(effects);
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(received[0].clock, Stamp{501});
  EXPECT_GT(observed<Applied>(effects).at(0).clock, Stamp{503});
}

TEST_F(ReplicaPeers, AClaimOfACustomerIsToldOfWithThoseWhoAreAsked) {
  const Called called = one.call(TestPeers::withdraw(150));
  const auto asked = observed<RightsRequested>(one.step({called}));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].request, called.request.id);
  EXPECT_EQ(asked[0].missing, Money{50});
  EXPECT_THAT(asked[0].peers, ElementsAre(BranchId{2}));
  EXPECT_EQ(asked[0].priority.branch, BranchId{1});
}

}  // namespace
}  // namespace passbook
