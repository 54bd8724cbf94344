// SPDX-License-Identifier: Apache-2.0
// Retries: at the first branch and elsewhere, soon and late.
#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

class ExactlyOnce : public testing::Test {
 protected:
  void SetUp() override { who.belongs_to(bank.bank()); }

  Answer wait(std::uint32_t branch, const Request& request) {
    return bank.wait(bank.call(branch, request));
  }

  TestBank bank{{.opening = 300}};
  TestCustomer who{1, {}, AckLevel::local};
};

TEST_F(ExactlyOnce, ARetryElsewhereGetsTheFirstAnswer) {
  bank.run_for(seconds(1));
  const Request request = who.deposit(1, 5);
  const Answer first = wait(1, request);
  const Answer again = wait(2, request);
  EXPECT_EQ(again.outcome, Outcome::ok);
  EXPECT_EQ(again.balance, first.balance);
  bank.run_for(seconds(1));
  EXPECT_EQ(bank.balance(3), Money{305});
}

TEST_F(ExactlyOnce, ARetryElsewhereWaitsForAWriteThatIsStillInWork) {
  bank.run_for(seconds(1));
  bank.cut(1, 3);
  bank.cut(2, 3);
  const Request request = who.withdraw(1, 250);  // branch 3's rights are needed
  const CallId first = bank.call(1, request);
  bank.run_for(seconds(1));
  const CallId retry = bank.call(2, request);
  bank.run_for(seconds(1));
  EXPECT_EQ(bank.answer(retry), nullptr);
  bank.heal();
  EXPECT_EQ(bank.wait(first).outcome, Outcome::ok);
  EXPECT_EQ(bank.wait(retry).outcome, Outcome::ok);
  EXPECT_EQ(bank.wait(retry).balance, Money{50});
  bank.run_for(seconds(1));
  EXPECT_EQ(bank.balance(2), Money{50});
}

TEST_F(ExactlyOnce, ARetryElsewhereOfARefusedWriteIsRefusedAlike) {
  bank.run_for(seconds(1));
  const Request request = who.withdraw(1, 301);
  EXPECT_EQ(wait(1, request).outcome, Outcome::insufficient_funds);
  EXPECT_EQ(wait(3, request).outcome, Outcome::insufficient_funds);
}

TEST_F(ExactlyOnce, ARetryElsewhereOfAWriteThatNeverArrivedIsGivenUpForEver) {
  bank.run_for(seconds(1));
  const Instant began = bank.now();
  const Request request = who.deposit(1, 5);
  const Answer told = wait(2, request);
  EXPECT_EQ(told.outcome, Outcome::abandoned);
  EXPECT_FALSE(told.replayed);
  EXPECT_LT(bank.now() - began, seconds(1)) << "the branch that the id names says so at once";
  EXPECT_TRUE(wait(3, request).replayed);
  const Answer first = wait(1, request);  // the first call arrives after all
  EXPECT_EQ(first.outcome, Outcome::abandoned);
  EXPECT_TRUE(first.replayed);
  bank.crash(1);
  bank.restart(1);
  EXPECT_EQ(wait(1, request).outcome, Outcome::abandoned);
  EXPECT_EQ(bank.balance(2), Money{300});
}

TEST_F(ExactlyOnce, ARetryElsewhereWhileTheNamedBranchIsAwayIsToldNothing) {
  bank.run_for(seconds(1));
  const Request request = who.deposit(1, 5);
  bank.isolate(1);
  EXPECT_EQ(wait(1, request).outcome, Outcome::ok);
  const Answer elsewhere = bank.wait(bank.call(2, request, seconds(1)));
  EXPECT_EQ(elsewhere.outcome, Outcome::unknown);
  EXPECT_THAT(elsewhere.unreached, ElementsAre(BranchId{1}));
}

TEST_F(ExactlyOnce, WhatWasNotDecidedCanBeAskedForAgain) {
  bank.run_for(seconds(1));
  const Request request = who.withdraw(1, 150);
  bank.isolate(1);
  EXPECT_EQ(bank.wait(bank.call(1, request, seconds(1))).outcome, Outcome::unavailable);
  bank.heal();
  const Answer again = wait(1, request);
  EXPECT_EQ(again.outcome, Outcome::ok);
  EXPECT_FALSE(again.replayed);
}

TEST_F(ExactlyOnce, WhatWasRefusedStaysRefusedAlsoAfterARestart) {
  BranchOptions options;
  options.snapshot_every = 3;
  TestBank small({.opening = 300, .options = options});
  TestCustomer poor(1, {}, AckLevel::local);
  poor.belongs_to(small.bank());
  small.run_for(seconds(1));
  const Request request = poor.withdraw(1, 301);
  const Answer first = small.wait(small.call(1, request));
  EXPECT_EQ(first.outcome, Outcome::insufficient_funds);
  EXPECT_FALSE(first.replayed);
  for (int deposits = 0; deposits < 10; ++deposits) {
    small.wait(small.call(1, poor.deposit(1, 100)));
    small.crash(1);
    small.restart(1);
    const Answer again = small.wait(small.call(1, request));
    EXPECT_EQ(again.outcome, Outcome::insufficient_funds);
    EXPECT_TRUE(again.replayed);
  }
  EXPECT_EQ(small.wait(small.call(1, poor.withdraw(1, 301))).outcome, Outcome::ok) << "a new id";
  Request other = request;
  other.operation = Withdrawal{kSharedAccount, Money{302}};
  EXPECT_EQ(small.wait(small.call(1, other)).outcome, Outcome::request_id_reused);
}

TEST_F(ExactlyOnce, ACallThatJoinsHasADeadlineAndALevelOfItsOwn) {
  bank.run_for(seconds(1));
  bank.isolate(3);
  Request request = who.deposit(1, 5);
  request.ack = AckLevel::majority;
  const CallId first = bank.call(1, request);
  request.ack = AckLevel::all;
  const CallId second = bank.call(1, request, seconds(2));
  const CallId third = bank.call(1, request, seconds(20));
  EXPECT_EQ(bank.wait(first).outcome, Outcome::ok);
  EXPECT_EQ(bank.wait(first).confirmed, 2U);
  EXPECT_EQ(bank.answer(second), nullptr);
  EXPECT_EQ(bank.wait(second).outcome, Outcome::unconfirmed);
  bank.run_for(seconds(9));
  EXPECT_EQ(bank.answer(third), nullptr);
  bank.heal();
  EXPECT_EQ(bank.wait(third).outcome, Outcome::ok);
  EXPECT_EQ(bank.wait(third).confirmed, 3U);
}

TEST_F(ExactlyOnce, WhoseDeadlinePassesWhileOthersWaitDoesNotKnowWhatBecomesOfIt) {
  bank.run_for(seconds(1));
  bank.isolate(1);
  const Request request = who.withdraw(1, 150);
  const CallId first = bank.call(1, request, seconds(1));
  const CallId second = bank.call(1, request, seconds(5));
  EXPECT_EQ(bank.wait(first).outcome, Outcome::unknown);
  bank.heal();
  EXPECT_EQ(bank.wait(second).outcome, Outcome::ok);
}

TEST_F(ExactlyOnce, NothingIsWorkedOnForLongerThanAMinute) {
  bank.run_for(seconds(1));
  bank.isolate(1);
  const Request request = who.withdraw(1, 150);
  const Instant began = bank.now();
  const CallId first = bank.call(1, request, std::chrono::hours(1));
  bank.run_for(seconds(30));
  const CallId second = bank.call(1, request, std::chrono::hours(1));
  bank.run_for(seconds(31));
  for (const CallId call : {first, second}) {
    ASSERT_NE(bank.answer(call), nullptr);
    EXPECT_EQ(bank.answer(call)->outcome == Outcome::ok, false);
  }
  EXPECT_LE(bank.now() - began, seconds(61));
}

// Giving up.

class Abandoning : public ExactlyOnce {
 protected:
  static Request abandon(Request request) {
    request.operation = Abandon{};
    return request;
  }
};

TEST_F(Abandoning, AnIdThatNobodyHasSeenHasNoEffectForEver) {
  bank.run_for(seconds(1));
  const Request request = who.deposit(1, 5);
  const Answer answer = wait(1, abandon(request));
  EXPECT_EQ(answer.outcome, Outcome::abandoned);
  EXPECT_FALSE(answer.replayed);
  EXPECT_EQ(wait(1, request).outcome, Outcome::abandoned);
  EXPECT_EQ(wait(3, request).outcome, Outcome::abandoned);
  EXPECT_TRUE(wait(1, abandon(request)).replayed);
  EXPECT_EQ(bank.balance(1), Money{300});
}

TEST_F(Abandoning, AWriteThatStandsIsAnsweredAsIfItWereAskedForAgain) {
  bank.run_for(seconds(1));
  const Request request = who.deposit(1, 5);
  const Answer first = wait(1, request);
  for (const std::uint32_t branch : {1U, 2U}) {
    const Answer answer = wait(branch, abandon(request));
    EXPECT_EQ(answer.outcome, Outcome::ok);
    EXPECT_EQ(answer.entry, first.entry);
    EXPECT_EQ(answer.balance, first.balance);
    EXPECT_TRUE(answer.replayed);
  }
}

TEST_F(Abandoning, AWriteInWorkEndsWithIt) {
  bank.run_for(seconds(1));
  bank.isolate(3);
  const Request here = who.withdraw(1, 250);
  const CallId waiting = bank.call(1, here);
  EXPECT_EQ(wait(1, abandon(here)).outcome, Outcome::abandoned);
  EXPECT_EQ(bank.wait(waiting).outcome, Outcome::abandoned);
  const Request from_elsewhere = who.withdraw(1, 250);
  const CallId other = bank.call(1, from_elsewhere);
  EXPECT_EQ(wait(2, abandon(from_elsewhere)).outcome, Outcome::abandoned);
  EXPECT_EQ(bank.wait(other).outcome, Outcome::abandoned);
  bank.heal();
  bank.run_for(seconds(2));
  EXPECT_EQ(bank.balance(1), Money{300});
}

TEST_F(Abandoning, WhileTheNamedBranchIsAwayIsNotCertain) {
  bank.run_for(seconds(1));
  bank.isolate(1);
  const Answer answer = bank.wait(bank.call(2, abandon(who.deposit(1, 5)), seconds(1)));
  EXPECT_EQ(answer.outcome, Outcome::unknown);
  EXPECT_THAT(answer.unreached, ElementsAre(BranchId{1}));
}

TEST_F(Abandoning, ABranchThatListensForItsOwnLogDoesNotDecideIt) {
  BranchOptions options;
  options.listen_first = seconds(2);
  TestBank listening({.opening = 300, .options = options});
  listening.isolate(1);
  const Request request = who.deposit(1, 5);
  EXPECT_EQ(listening.wait(listening.call(1, abandon(request))).outcome, Outcome::unknown);
  listening.run_for(seconds(3));
  EXPECT_EQ(listening.wait(listening.call(1, abandon(request))).outcome, Outcome::abandoned);
}

TEST_F(ExactlyOnce, ARetryElsewhereWithAnotherBodyIsRefused) {
  bank.run_for(seconds(1));
  Request request = who.deposit(1, 5);
  wait(1, request);
  request.operation = Deposit{kSharedAccount, Money{6}};
  EXPECT_EQ(wait(2, request).outcome, Outcome::request_id_reused);
}

TEST_F(ExactlyOnce, ARetryElsewhereWithAnotherBodyIsNotToldWhatBecomesOfTheFirst) {
  bank.run_for(seconds(1));
  bank.cut(1, 3);
  bank.cut(2, 3);
  Request request = who.withdraw(1, 301);  // branch 3 is needed to prove the lack
  const CallId first = bank.call(1, request);
  bank.run_for(seconds(1));
  request.operation = Deposit{kSharedAccount, Money{5}};
  const CallId retry = bank.call(2, request);
  bank.run_for(seconds(1));
  EXPECT_EQ(bank.answer(first), nullptr);
  bank.heal();
  EXPECT_EQ(bank.wait(first).outcome, Outcome::insufficient_funds);
  EXPECT_EQ(bank.wait(retry).outcome, Outcome::request_id_reused);
}

TEST(ExactlyOnceForgetful, ARetryElsewhereOfAForgottenWriteShowsNoBalance) {
  BranchOptions options;
  options.session_bytes = 1;  // only the session with the latest decision
  TestBank bank({.opening = 300, .options = options});
  TestCustomer who(1, Guarantees::eventual(), AckLevel::local);
  bank.run_for(seconds(1));
  const Request request = who.deposit(1, 5);
  EXPECT_EQ(bank.wait(bank.call(1, request)).balance, Money{305});
  bank.run_for(seconds(1));
  bank.wait(bank.call(3, TestCustomer(2, {}, AckLevel::local).deposit(3, 7)));
  bank.run_for(seconds(1));  // branch 2 has forgotten the first session, branch 1 has not
  const Answer again = bank.wait(bank.call(2, request));
  EXPECT_EQ(again.outcome, Outcome::ok);
  EXPECT_EQ(again.balance, std::nullopt) << "what it was then is not known here";
}

TEST_F(ExactlyOnce, ALargeBankAsksTheNamedBranchThoughItIsNoNeighbour) {
  TestBank large({.branches = 20, .opening = 300});
  large.run_for(seconds(1));
  TestCustomer visitor(1, {}, AckLevel::local);
  const Request request = visitor.deposit(1, 5);
  large.wait(large.call(1, request));
  const Answer again = large.wait(large.call(8, request));
  EXPECT_EQ(again.outcome, Outcome::ok);
  EXPECT_EQ(again.balance, Money{305});
}

// The window, and sessions.

class Window : public testing::Test {
 protected:
  static BranchOptions options() {
    BranchOptions out;
    out.snapshot_every = 7;
    return out;
  }
  Answer at_1(const Request& request, TestBank& of) { return of.wait(of.call(1, request)); }
  Answer at_1(const Request& request) { return at_1(request, bank); }

  TestBank bank{{.opening = 0, .options = options()}};
  TestCustomer who{1, {}, AckLevel::local};
};

TEST_F(Window, ARequestThatMayBeForgottenIsNotExecuted) {
  const Request old = who.deposit(1, 100);
  const Request unsent = who.deposit(1, 7);
  EXPECT_EQ(at_1(old).outcome, Outcome::ok);
  who.skip(kSessionWindow);
  EXPECT_EQ(at_1(who.deposit(1, 1)).outcome, Outcome::ok);
  for (const Request& request : {old, unsent}) {
    const Answer answer = at_1(request);
    EXPECT_EQ(answer.outcome, Outcome::too_old);
    EXPECT_GT(answer.opens_at, 0U);
    Request abandoned = request;
    abandoned.operation = Abandon{};
    EXPECT_EQ(at_1(abandoned).outcome, Outcome::too_old) << "it may stand";
  }
  EXPECT_EQ(bank.balance(1), Money{101});
}

TEST_F(Window, TheOldestNumberInsideItIsAnsweredAndTheNextExecuted) {
  const Request old = who.deposit(1, 100);
  const Request unsent = who.deposit(1, 7);
  const Answer first = at_1(old);
  who.skip(kSessionWindow - 3);
  at_1(who.deposit(1, 1));
  EXPECT_EQ(at_1(old).balance, first.balance);
  EXPECT_EQ(at_1(unsent).outcome, Outcome::ok);
  EXPECT_EQ(bank.balance(1), Money{108});
}

TEST_F(Window, IsTheSameAfterARestart) {
  const Request old = who.deposit(1, 100);
  const Request kept = who.deposit(1, 10);
  at_1(old);
  at_1(kept);
  who.skip(kSessionWindow - 2);
  for (int i = 0; i < 10; ++i) {
    at_1(who.deposit(1, 1));
    bank.crash(1);
    bank.restart(1);
    EXPECT_EQ(at_1(old).outcome, Outcome::too_old);
    EXPECT_EQ(at_1(kept).outcome, i == 0 ? Outcome::ok : Outcome::too_old);
  }
  EXPECT_EQ(bank.balance(1), Money{120});
}

TEST_F(Window, ARequestThatWaitsWhileItPassesIsNotExecuted) {
  TestBank poor({.opening = 300});
  poor.run_for(seconds(1));
  poor.isolate(1);
  const CallId waits = poor.call(1, who.withdraw(1, 150));
  who.skip(kSessionWindow);
  EXPECT_EQ(at_1(who.deposit(1, 1), poor).outcome, Outcome::ok);
  poor.heal();
  EXPECT_EQ(poor.wait(waits).outcome, Outcome::too_old);
  EXPECT_EQ(poor.balance(1), Money{301});
}

TEST_F(Window, ARetiredSessionIsNotTakenForNew) {
  BranchOptions small;
  small.session_bytes = 1;
  small.snapshot_every = 3;
  TestBank tight({.opening = 0, .options = small});
  who.open_session(5, 77);
  const Request old = who.deposit(1, 100);
  EXPECT_EQ(at_1(old, tight).outcome, Outcome::ok);
  who.open_session(6, 1);
  EXPECT_EQ(at_1(who.deposit(1, 1), tight).outcome, Outcome::ok);
  for (int restarts = 0; restarts < 3; ++restarts) {
    const Answer told = at_1(old, tight);
    EXPECT_EQ(told.outcome, Outcome::too_old);
    TestCustomer anew(1, {}, AckLevel::local);
    anew.open_session(told.opens_at, 0);
    Request next = anew.query(1);
    next.operation = Deposit{kSharedAccount, Money{1}};
    next.id.number = static_cast<std::uint64_t>(restarts) + 1;
    EXPECT_EQ(at_1(next, tight).outcome, Outcome::ok);
    tight.crash(1);
    tight.restart(1);
  }
  EXPECT_EQ(tight.balance(1), Money{104});
}

TEST_F(Window, ASessionOfTheFutureIsRefusedWithTheTime) {
  constexpr std::uint64_t kToday = 1'790'000'000;
  who.open_session(kToday + 400, 1);
  EXPECT_EQ(at_1(who.deposit(1, 1)).outcome, Outcome::ok) << "nobody said what time it is";
  bank.tell(1, CalendarSet{kToday});
  EXPECT_EQ(at_1(who.deposit(1, 1)).outcome, Outcome::ok) << "it is known";
  who.open_session(kToday + 400, 2);
  const Request early = who.deposit(1, 1);
  const Answer told = at_1(early);
  EXPECT_EQ(told.outcome, Outcome::session_too_new);
  EXPECT_EQ(told.opens_at, kToday);
  Request abandoned = early;
  abandoned.operation = Abandon{};
  EXPECT_EQ(at_1(abandoned).outcome, Outcome::session_too_new);
  who.open_session(kToday + 300, 1);
  EXPECT_EQ(at_1(who.deposit(1, 1)).outcome, Outcome::ok);
  bank.run_for(seconds(100));
  EXPECT_EQ(at_1(early).outcome, Outcome::ok) << "it had no effect so far";
  EXPECT_EQ(bank.balance(1), Money{4});
}

TEST_F(Window, ElsewhereTheSameIsTold) {
  bank.run_for(seconds(1));
  constexpr std::uint64_t kToday = 1'790'000'000;
  bank.tell(1, CalendarSet{kToday});
  const Request old = who.deposit(1, 1);
  who.skip(kSessionWindow);
  at_1(who.deposit(1, 1));
  const Answer too_old = bank.wait(bank.call(2, old));
  EXPECT_EQ(too_old.outcome, Outcome::too_old);
  EXPECT_EQ(too_old.opens_at, kToday);
  who.open_session(kToday + 3600, 1);
  const Answer too_new = bank.wait(bank.call(2, who.deposit(1, 1)));
  EXPECT_EQ(too_new.outcome, Outcome::session_too_new);
  EXPECT_EQ(too_new.opens_at, kToday);
  EXPECT_TRUE(too_new.unreached.empty());
}

// Lost disks.

class LostDisk : public ExactlyOnce {
 protected:
  void SetUp() override {
    ExactlyOnce::SetUp();
    bank.run_for(seconds(1));
    stands = who.deposit(1, 5);
    wait(1, stands);
    refused = who.withdraw(1, 900);
    wait(1, refused);
    unsent = who.deposit(1, 7);
    bank.run_for(seconds(1));
    bank.crash(1);
  }

  Request stands;
  Request refused;
  Request unsent;
};

TEST_F(LostDisk, WhatTheLogDoesNotHoldHasNoEffectForEver) {
  bank.recover(1);
  bank.run_for(seconds(1));
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_EQ(wait(branch, stands).outcome, Outcome::ok);
    EXPECT_TRUE(wait(branch, stands).replayed);
    for (Request request : {refused, unsent}) {
      EXPECT_EQ(wait(branch, request).outcome, Outcome::wrong_origin);
      EXPECT_EQ(wait(branch, request).incarnation, Incarnation{2});
      request.operation = Abandon{};
      EXPECT_EQ(wait(branch, request).outcome, Outcome::wrong_origin);
    }
  }
  Request anew = who.deposit(1, 7);
  anew.id.origin.incarnation = Incarnation{2};
  EXPECT_EQ(wait(1, anew).outcome, Outcome::ok);
  EXPECT_EQ(wait(2, anew).outcome, Outcome::ok);
  EXPECT_EQ(bank.balance(1), Money{312});
}

TEST_F(LostDisk, WhoLacksSomethingOfTheLogSaysNothing) {
  bank.isolate(3);
  const Request late = who.deposit(2, 1);
  wait(2, late);
  bank.recover(1, false, {3});
  EXPECT_EQ(bank.wait(bank.call(3, unsent, seconds(1))).outcome, Outcome::unknown);
  bank.heal();
  EXPECT_EQ(wait(3, unsent).outcome, Outcome::wrong_origin);
}

TEST_F(LostDisk, OfAnIdOfAnIncarnationThatIsNotKnownYetNothingIsSaid) {
  bank.recover(1);
  bank.run_for(seconds(1));
  Request early = who.deposit(1, 7);
  early.id.origin.incarnation = Incarnation{3};
  EXPECT_EQ(bank.wait(bank.call(1, early, seconds(1))).outcome, Outcome::unknown);
  EXPECT_EQ(bank.wait(bank.call(2, early, seconds(1))).outcome, Outcome::unknown);
}

}  // namespace
}  // namespace passbook
