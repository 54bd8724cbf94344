// SPDX-License-Identifier: Apache-2.0
// Messages between a branch and the branch named by a write's id, and answers to the customer.
#include "branch/requests.h"

#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kTwo{BranchId{2}};

class RequestsTest : public testing::Test {
 protected:
  void SetUp() override {
    one.greet(2);
    one.greet(3);
  }

  /// A write whose id names branch 2.
  Called elsewhere(const Operation& operation, AckLevel ack = AckLevel::local) {
    Called out = one.call(operation, ack);
    out.request.id.origin = kTwo;
    return out;
  }

  /// Begins a write at branch 1. Returns its question to branch 2.
  OutcomeRequest asked_about(const Called& called) {
    return sent<OutcomeRequest>(one.step({called}), 2).at(0);
  }

  /// The answer to a customer whose write belongs to branch 2, if branch 2 replies this.
  Answer told(OutcomeReply reply) {
    const OutcomeRequest asked = asked_about(elsewhere(TestPeers::deposit(5)));
    reply.request = asked.request;
    reply.question = asked.question;
    return one.say(2, reply).answers.at(0).answer;
  }

  /// The reply to branch 2 about a write.
  OutcomeReply reply_to(const OutcomeRequest& request) {
    return sent<OutcomeReply>(one.say(2, request), 2).at(0);
  }

  /// The block of branch 2 with such a write.
  static Block block_of(const Called& called) {
    return TestLog(kTwo).add({{*change_of(called.request.operation), called.request.id, 0}});
  }

  TestPeers one;
};

// Asking the branch that an id names.

TEST_F(RequestsTest, TheBranchThatAnIdNamesIsAskedWithTheTimeThatIsLeft) {
  const Called called = elsewhere(TestPeers::deposit(5));
  const OutcomeRequest asked = asked_about(called);
  EXPECT_EQ(asked.request, called.request.id);
  EXPECT_EQ(asked.change, change_of(called.request.operation));
  EXPECT_EQ(asked.stands, milliseconds(9'750)) << "the rest is for the answer's way home";
}

TEST_F(RequestsTest, WhatIsDecidedThereIsSaidAsItWasDecided) {
  for (const Outcome outcome :
       {Outcome::insufficient_funds, Outcome::abandoned, Outcome::too_old, Outcome::session_too_new,
        Outcome::request_id_reused, Outcome::wrong_origin}) {
    for (const bool replayed : {false, true}) {
      const Answer answer = told({.request = {},
                                  .outcome = outcome,
                                  .incarnation = Incarnation{4},
                                  .replayed = replayed,
                                  .opens_at = 77});
      EXPECT_EQ(answer.outcome, outcome);
      EXPECT_EQ(answer.replayed, replayed);
      EXPECT_EQ(answer.incarnation, Incarnation{4});
      EXPECT_EQ(answer.opens_at, 77U);
      EXPECT_THAT(answer.unreached, IsEmpty());
    }
  }
}

TEST_F(RequestsTest, WhatIsNotDecidedThereNamesTheBranch) {
  const Answer not_so_far = told({.request = {}, .outcome = Outcome::unavailable});
  EXPECT_EQ(not_so_far.outcome, Outcome::unavailable);
  EXPECT_THAT(not_so_far.unreached, ElementsAre(BranchId{2}));
  const Answer unknown = told({.request = {}, .outcome = Outcome::disk_full});
  EXPECT_EQ(unknown.outcome, Outcome::unknown);
  EXPECT_THAT(unknown.unreached, ElementsAre(BranchId{2}));
}

TEST_F(RequestsTest, AnAnswerToAnotherQuestionIsNotHeeded) {
  const OutcomeRequest asked = asked_about(elsewhere(TestPeers::deposit(5)));
  OutcomeReply reply{.request = asked.request, .outcome = Outcome::abandoned};
  reply.question = asked.question + 1;
  EXPECT_THAT(one.say(2, reply).answers, IsEmpty());
  reply.question = asked.question;
  EXPECT_THAT(one.say(2, reply).answers, SizeIs(1));
}

TEST_F(RequestsTest, WhoeverHasItsAnswerAsksNoMore) {
  Called called = elsewhere(TestPeers::deposit(5));
  called.deadline = one.now() + seconds(1);
  asked_about(called);
  const Effects effects = one.run_for(seconds(1));
  ASSERT_THAT(effects.answers, SizeIs(1));
  EXPECT_EQ(effects.answers[0].answer.outcome, Outcome::unknown);
  one.hang_up(2);
  EXPECT_THAT(sent<OutcomeRequest>(one.greet(2), 2), IsEmpty());
}

TEST_F(RequestsTest, WhoStillWaitsAsksAgainWhenTheBranchComesBack) {
  const OutcomeRequest asked = asked_about(elsewhere(TestPeers::deposit(5)));
  one.hang_up(2);
  const auto again = sent<OutcomeRequest>(one.greet(2), 2);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].question, asked.question);
  EXPECT_LT(again[0].stands, asked.stands);
}

TEST_F(RequestsTest, WhatStandsThereIsSaidWhenItHasArrived) {
  const Called called = elsewhere(TestPeers::deposit(5));
  const OutcomeRequest asked = asked_about(called);
  const Block block = block_of(called);
  EXPECT_THAT(one.say(2, OutcomeReply{.request = asked.request,
                                      .outcome = Outcome::ok,
                                      .entry = block.end().end,
                                      .question = asked.question})
                  .answers,
              IsEmpty());
  const Effects effects = one.say(2, Blocks{{block}});
  ASSERT_THAT(effects.answers, SizeIs(1));
  const Answer& answer = effects.answers[0].answer;
  EXPECT_EQ(answer.outcome, Outcome::ok);
  EXPECT_EQ(answer.entry, block.end().end);
  EXPECT_TRUE(answer.replayed);
  EXPECT_EQ(answer.confirmed, 2U);
}

TEST_F(RequestsTest, WhatStandsThereAndDoesNotArriveIsUnconfirmed) {
  const Called called = elsewhere(TestPeers::deposit(5));
  const OutcomeRequest asked = asked_about(called);
  const EntryId entry{kTwo, Sequence{1}};
  one.say(2, OutcomeReply{.request = asked.request,
                          .outcome = Outcome::ok,
                          .entry = entry,
                          .question = asked.question});
  const Effects effects = one.wait(seconds(10));
  ASSERT_THAT(effects.answers, SizeIs(1));
  const Answer& answer = effects.answers[0].answer;
  EXPECT_EQ(answer.outcome, Outcome::unconfirmed);
  EXPECT_TRUE(answer.replayed);
  EXPECT_EQ(answer.entry, entry);
  EXPECT_EQ(answer.balance, std::nullopt);
  EXPECT_THAT(answer.unreached, ElementsAre(BranchId{1})) << "it is this branch that lacks it";
}

TEST_F(RequestsTest, AWriteOfAnotherBodyThatArrivesUnderTheSameIdIsNotTakenForIt) {
  const Called called = elsewhere(TestPeers::deposit(5));
  asked_about(called);
  Called another = called;
  another.request.operation = TestPeers::deposit(6);
  const Effects effects = one.say(2, Blocks{{block_of(another)}});
  ASSERT_THAT(effects.answers, SizeIs(1));
  EXPECT_EQ(effects.answers[0].answer.outcome, Outcome::request_id_reused);
}

TEST_F(RequestsTest, WhoeverWaitsForOneEntryOfALogThatIsOverNeedNotWaitForAllOfIt) {
  const Called called = elsewhere(TestPeers::deposit(5));
  const OutcomeRequest asked = asked_about(called);
  TestLog log(kTwo);
  // As if its request were forgotten.
  log.add({{*change_of(called.request.operation), std::nullopt, 0}});
  log.deposit(7);
  one.step({OperatorCalled{CallId{99}, SealRequest{.bank = identity(one.bank()),
                                                   .branch = BranchId{2},
                                                   .next = Incarnation{2},
                                                   .compare = {},
                                                   .ends = LogEnds{{log.blocks()[1].end()}, {}}}},
            TestPeers::said(3, OutcomeReply{.request = asked.request,
                                            .outcome = Outcome::ok,
                                            .entry = log.blocks()[0].end().end,
                                            .question = asked.question})});
  EXPECT_THAT(one.say(3, Blocks{{log.blocks()[0]}}).answers, SizeIs(1));
}

TEST_F(RequestsTest, WhatALogThatIsOverDoesNotHoldNeverWas) {
  const Called called = elsewhere(TestPeers::deposit(5));
  asked_about(called);
  TestLog log(kTwo);
  log.deposit(7);
  const Effects sealed = one.step(
      {OperatorCalled{CallId{99}, SealRequest{.bank = identity(one.bank()),
                                              .branch = BranchId{2},
                                              .next = Incarnation{3},
                                              .compare = {},
                                              .ends = LogEnds{{log.blocks()[0].end()}, {}}}}});
  EXPECT_THAT(sealed.answers, IsEmpty()) << "it may be in what is not here yet";
  const Effects effects = one.say(3, Blocks{{log.blocks()[0]}});
  ASSERT_THAT(effects.answers, SizeIs(1));
  EXPECT_EQ(effects.answers[0].answer.outcome, Outcome::wrong_origin);
  EXPECT_EQ(effects.answers[0].answer.incarnation, Incarnation{3});
}

// Being asked.

TEST_F(RequestsTest, WhatNobodyHasSeenIsGivenUpBeforeThatIsSaid) {
  const RequestId id{TestPeers::self(), {CustomerId{9}, 1}, 5};
  const Effects effects =
      one.say(2, OutcomeRequest{id, Deposit{kSharedAccount, Money{5}}, seconds(1), 42});
  EXPECT_THAT(
      effects.persist,
      ElementsAre(Record(Refusal{id, Deposit{kSharedAccount, Money{5}}, Outcome::abandoned})));
  const auto replies = sent<OutcomeReply>(effects, 2);
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].request, id);
  EXPECT_EQ(replies[0].outcome, Outcome::abandoned);
  EXPECT_EQ(replies[0].question, 42U);
  EXPECT_FALSE(replies[0].replayed);
  EXPECT_TRUE(reply_to({id, {}, seconds(1), 43}).replayed) << "now it was decided before";
}

TEST_F(RequestsTest, WhatStandsIsToldWithItsEntryAndItsBalance) {
  const Called called = one.call(TestPeers::deposit(5));
  one.step({called, one.call(TestPeers::deposit(7))});
  const OutcomeReply reply =
      reply_to({called.request.id, change_of(called.request.operation), seconds(1), 42});
  EXPECT_EQ(reply.outcome, Outcome::ok);
  EXPECT_EQ(reply.entry, (EntryId{TestPeers::self(), Sequence{1}}));
  EXPECT_EQ(reply.balance, Money{305});
  EXPECT_EQ(reply.question, 42U);
  EXPECT_TRUE(reply.replayed);
  const OutcomeReply another =
      reply_to({called.request.id, Deposit{kSharedAccount, Money{6}}, seconds(1), 43});
  EXPECT_EQ(another.outcome, Outcome::request_id_reused);
  EXPECT_EQ(another.question, 43U);
  EXPECT_FALSE(another.replayed);
}

TEST_F(RequestsTest, WhatIsInWorkIsToldWhenItIsDecided) {
  const Called called = one.call(TestPeers::withdraw(200));
  one.step({called});
  EXPECT_THAT(sent<OutcomeReply>(
                  one.say(2, OutcomeRequest{called.request.id, change_of(called.request.operation),
                                            seconds(1), 42}),
                  2),
              IsEmpty());
  const Block grant = TestLog(Origin{BranchId{3}})
                          .add({{Grant{kSharedAccount, TestPeers::self(), Money{100}}, {}, 0}});
  const Effects effects = one.say(3, Blocks{{grant}});
  const auto replies = sent<OutcomeReply>(effects, 2);
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].outcome, Outcome::ok);
  EXPECT_EQ(replies[0].entry, (EntryId{TestPeers::self(), Sequence{1}}));
  EXPECT_EQ(replies[0].balance, Money{100});
  EXPECT_EQ(replies[0].question, 42U);
}

TEST_F(RequestsTest, WhatIsInWorkEndsWhenItIsGivenUpElsewhere) {
  const Called called = one.call(TestPeers::withdraw(200));
  one.step({called});
  const Effects effects = one.say(2, OutcomeRequest{called.request.id, {}, seconds(1), 42});
  ASSERT_THAT(effects.answers, SizeIs(1));
  EXPECT_EQ(effects.answers[0].answer.outcome, Outcome::abandoned);
  const auto replies = sent<OutcomeReply>(effects, 2);
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].outcome, Outcome::abandoned);
}

TEST_F(RequestsTest, OfAnotherOriginOnlyWhatIsOverIsKnown) {
  const RequestId id{Origin{BranchId{3}}, {CustomerId{9}, 1}, 5};
  EXPECT_EQ(reply_to({id, {}, seconds(1), 42}).outcome, Outcome::unknown);
  one.step({OperatorCalled{CallId{99}, SealRequest{.bank = identity(one.bank()),
                                                   .branch = BranchId{3},
                                                   .next = Incarnation{2},
                                                   .compare = {},
                                                   .ends = LogEnds{}}}});
  const OutcomeReply over = reply_to({id, {}, seconds(1), 43});
  EXPECT_EQ(over.outcome, Outcome::wrong_origin);
  EXPECT_EQ(over.incarnation, Incarnation{2});
  EXPECT_EQ(over.question, 43U);
}

TEST_F(RequestsTest, WhoGivesUpWhatStandsIsToldAllAboutIt) {
  const Called called = one.call(TestPeers::deposit(5));
  one.step({called});
  Called gives_up = called;
  gives_up.call = CallId{500};
  gives_up.request.operation = Abandon{};
  const Answer answer = one.step({gives_up}).answers.at(0).answer;
  EXPECT_EQ(answer.outcome, Outcome::ok);
  EXPECT_EQ(answer.entry, (EntryId{TestPeers::self(), Sequence{1}}));
  EXPECT_EQ(answer.balance, Money{305});
  EXPECT_EQ(answer.confirmed, 1U);
  EXPECT_TRUE(answer.replayed);
  EXPECT_EQ(answer.passbook.reads.at(TestPeers::self()).end.sequence, Sequence{1});
}

// Time and clocks.

TEST_F(RequestsTest, ATenthOfTheTimeIsLeftForTheAnswersWayHomeButNoMoreThanAQuarterOfASecond) {
  for (const auto& [timeout, at] : {std::pair(milliseconds(1'000), milliseconds(900)),
                                    std::pair(milliseconds(10'000), milliseconds(9'750))}) {
    const Effects begun = one.step({one.call(TestPeers::deposit(5), AckLevel::all, timeout)});
    const Instant asked = one.now();
    Instant answered{};
    for (Instant wake = begun.wake; answered == Instant{};) {
      ASSERT_LE(wake, asked + timeout);
      const Effects effects = one.wait(wake - one.now());
      answered = effects.answers.empty() ? Instant{} : one.now();
      wake = effects.wake;
      one.step({TestPeers::said(2, Heartbeat{}), TestPeers::said(3, Heartbeat{})}, Duration{});
    }
    EXPECT_EQ(answered - asked, at);
  }
}

TEST_F(RequestsTest, TheClocksOfCustomersAreHeededUpToABound) {
  Called called = one.call(TestPeers::query());
  called.request.clock = Stamp{5'000};
  EXPECT_GT(one.step({called}).answers.at(0).answer.clock, Stamp{5'000});
  called.call = CallId{800};
  called.request.clock = Stamp{UINT64_MAX};
  const Stamp clock = one.step({called}).answers.at(0).answer.clock;
  EXPECT_GT(clock.value, std::uint64_t{1} << 48U);
  EXPECT_LE(clock.value, (std::uint64_t{1} << 48U) + 10);
}

// Counters.

TEST_F(RequestsTest, CountsHowWithdrawalsGotTheirRights) {
  one.step({one.call(TestPeers::withdraw(10)), one.call(TestPeers::deposit(1))});
  EXPECT_EQ(one.status().escrow.served_locally, 1U);
  EXPECT_EQ(one.status().escrow.served_by_asking, 0U);
  one.step({one.call(TestPeers::withdraw(150))});
  const Block grant = TestLog(Origin{BranchId{3}})
                          .add({{Grant{kSharedAccount, TestPeers::self(), Money{100}}, {}, 0}});
  EXPECT_THAT(one.say(3, Blocks{{grant}}).answers, SizeIs(1));
  const EscrowCounters counters = one.status().escrow;
  EXPECT_EQ(counters.served_locally, 1U);
  EXPECT_EQ(counters.served_by_asking, 1U);
  EXPECT_EQ(counters.grants_received, 1U);
  EXPECT_GE(counters.rights_requests_sent, 1U);
}

TEST_F(RequestsTest, CountsWithdrawalsThatWereNotDecidedAndWhetherAllCouldBeReached) {
  one.step({one.call(TestPeers::withdraw(150), AckLevel::local, seconds(1)),
            one.call(Deposit{kSharedAccount, Money::max()})});
  EXPECT_EQ(one.status().escrow, (EscrowCounters{.rights_requests_sent = 1}));
  EXPECT_THAT(one.wait(seconds(1)).answers, SizeIs(1));
  EXPECT_EQ(one.status().escrow.undecided_reachable, 1U);
  EXPECT_EQ(one.status().escrow.undecided_unreached, 0U);
  one.hang_up(3);
  one.step({one.call(TestPeers::withdraw(150), AckLevel::local, seconds(1))});
  const Effects effects = one.wait(seconds(1));
  ASSERT_THAT(effects.answers, SizeIs(1));
  EXPECT_THAT(effects.answers[0].answer.unreached, ElementsAre(BranchId{3}));
  EXPECT_EQ(one.status().escrow.undecided_reachable, 1U);
  EXPECT_EQ(one.status().escrow.undecided_unreached, 1U);
  EXPECT_EQ(one.status().escrow.refused_with_proof, 0U);
}

TEST_F(RequestsTest, CountsRefusalsThatWereProven) {
  one.step({one.call(TestPeers::withdraw(1'000))});
  EXPECT_EQ(one.status().escrow.refused_with_proof, 0U);
  const Priority claim{Stamp{}, BranchId{1}};
  Effects effects = one.step({one.call(TestPeers::withdraw(2'000))});
  const auto asked = sent<TotalsRequest>(effects, 2);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_NE(asked[0].priority, claim);
  for (const std::uint32_t peer : {2U, 3U}) {
    effects = one.say(peer, TotalsReply{asked[0].account, asked[0].priority, asked[0].round, {}});
  }
  ASSERT_THAT(effects.answers, SizeIs(1));
  EXPECT_EQ(effects.answers[0].answer.outcome, Outcome::insufficient_funds);
  EXPECT_EQ(one.status().escrow.refused_with_proof, 1U);
}

}  // namespace
}  // namespace passbook
