// SPDX-License-Identifier: Apache-2.0
// Requests that are answered at once.
#include "branch/admission.h"

#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class AdmissionTest : public testing::Test {
 protected:
  void SetUp() override {
    one.greet(2);
    one.greet(3);
  }

  Answer ask(const Called& called) { return one.step({called}).answers.at(0).answer; }

  /// A deposit in a session opened in that second.
  Called in_session_of(std::uint64_t second) {
    Called out = one.call(TestPeers::deposit(5));
    out.request.id.client.session = second << 32U;
    return out;
  }

  TestPeers one;
};

TEST_F(AdmissionTest, AWriteMustNameABranchOfTheBank) {
  Called called = one.call(TestPeers::deposit(5));
  called.request.id.origin.branch = BranchId{9};
  const Answer answer = ask(called);
  EXPECT_EQ(answer.outcome, Outcome::unavailable);
  EXPECT_THAT(answer.unreached, ElementsAre(BranchId{9}));
  called.request.operation = TestPeers::query();
  EXPECT_EQ(ask(called).outcome, Outcome::ok) << "a query belongs nowhere";
}

TEST_F(AdmissionTest, OfALaterLifeOfThisBranchNothingIsKnown) {
  Called called = one.call(TestPeers::deposit(5));
  called.request.id.origin.incarnation = Incarnation{2};
  const Answer answer = ask(called);
  EXPECT_EQ(answer.outcome, Outcome::unknown);
  EXPECT_THAT(answer.unreached, ElementsAre(BranchId{1}));
}

TEST_F(AdmissionTest, APassbookMustBeOfThisBank) {
  Called called = one.call(TestPeers::query());
  called.request.bank = BankId{5};
  EXPECT_EQ(ask(called).outcome, Outcome::ok) << "an empty one is of any bank";
  called.request.passbook.reads.raise({{Origin{BranchId{2}}, Sequence{1}}, Tag{1}});
  EXPECT_EQ(ask(called).outcome, Outcome::invalid_passbook);
  called.request.bank = identity(one.bank());
  EXPECT_THAT(one.step({called}).answers, IsEmpty()) << "it waits";
  called.request.passbook.writes.raise({{Origin{BranchId{9}}, Sequence{1}}, Tag{1}});
  EXPECT_EQ(ask(called).outcome, Outcome::invalid_passbook);
}

TEST_F(AdmissionTest, AWrongAmountIsRefusedAtOnceAndNeedNotBeRemembered) {
  for (const std::int64_t amount : {0, -1}) {
    for (const Operation& wrong : {TestPeers::deposit(amount), TestPeers::withdraw(amount)}) {
      const Effects effects = one.step({one.call(wrong)});
      EXPECT_EQ(effects.answers.at(0).answer.outcome, Outcome::bad_amount);
      EXPECT_THAT(effects.persist, IsEmpty());
    }
  }
  EXPECT_EQ(ask(one.call(TestPeers::withdraw(1))).outcome, Outcome::ok);
}

TEST_F(AdmissionTest, WhatWasRefusedIsRefusedAgainAndThatIsSaid) {
  Called called = one.call(Deposit{kSharedAccount, Money::max()});
  const Answer first = ask(called);
  EXPECT_EQ(first.outcome, Outcome::overflow);
  EXPECT_FALSE(first.replayed);
  const Answer again = ask(called);
  EXPECT_EQ(again.outcome, Outcome::overflow);
  EXPECT_TRUE(again.replayed);
  called.request.operation = TestPeers::deposit(5);
  const Answer another = ask(called);
  EXPECT_EQ(another.outcome, Outcome::request_id_reused);
  EXPECT_FALSE(another.replayed);
}

TEST_F(AdmissionTest, AnotherBodyThanThatInWorkIsRefused) {
  Called called = one.call(TestPeers::withdraw(150));
  EXPECT_THAT(one.step({called}).answers, IsEmpty());
  called.call = CallId{500};
  EXPECT_THAT(one.step({called}).answers, IsEmpty()) << "it joins";
  called.call = CallId{501};
  called.request.operation = TestPeers::withdraw(151);
  EXPECT_EQ(ask(called).outcome, Outcome::request_id_reused);
}

TEST_F(AdmissionTest, ASessionMayBeOpenedFiveMinutesAheadOfTheTimeHere) {
  one.step({CalendarSet{1'000}});
  EXPECT_EQ(ask(in_session_of(1'300)).outcome, Outcome::ok);
  const Answer refused = ask(in_session_of(1'301));
  EXPECT_EQ(refused.outcome, Outcome::session_too_new);
  EXPECT_EQ(refused.opens_at, 1'000U);
  one.run_for(seconds(1));
  EXPECT_EQ(ask(in_session_of(1'301)).outcome, Outcome::ok);
}

TEST_F(AdmissionTest, ASessionThatIsKnownIsNotTooNew) {
  EXPECT_EQ(ask(in_session_of(5'000)).outcome, Outcome::ok) << "before the time is known";
  one.step({CalendarSet{1'000}});
  EXPECT_EQ(ask(in_session_of(5'000)).outcome, Outcome::ok);
  EXPECT_EQ(ask(in_session_of(5'001)).outcome, Outcome::session_too_new);
}

TEST_F(AdmissionTest, WhatIsTooNewElsewhereIsAskedThere) {
  one.step({CalendarSet{1'000}});
  Called called = in_session_of(5'000);
  called.request.id.origin.branch = BranchId{2};
  EXPECT_THAT(one.step({called}).answers, IsEmpty());
}

}  // namespace
}  // namespace passbook
