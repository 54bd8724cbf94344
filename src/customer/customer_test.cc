// SPDX-License-Identifier: Apache-2.0
#include "customer/customer.h"

namespace passbook {
namespace {

using std::chrono::seconds;

constexpr Instant kNow{seconds(100)};
constexpr BankId kBank{77};
constexpr TaggedPosition kWrite{{{BranchId{1}}, Sequence{4}}, Tag{104}};
constexpr TaggedPosition kOther{{{BranchId{2}}, Sequence{9}}, Tag{209}};

CustomerEvent deposit(std::uint32_t branch) {
  return {
      .id = {}, .interface = Interface::deposit, .branch = BranchId{branch}, .money = Money{500}};
}
CustomerEvent query(std::uint32_t branch) {
  return {.id = {}, .interface = Interface::query, .branch = BranchId{branch}, .money = {}};
}

Customer customer(Guarantees guarantees = {}) {
  return Customer({.client = {CustomerId{7}, 1}, .guarantees = guarantees});
}

Customer::Call call(Customer& who, const CustomerEvent& event) {
  return std::get<Customer::Call>(who.step(Customer::Perform{event}, kNow));
}

Performed answered(Customer& who, Answer answer) {
  return std::get<Performed>(who.step(Customer::Answered{std::move(answer), kBank}, kNow));
}

Answer success(const Passbook& passbook) {
  return {.outcome = Outcome::ok, .balance = Money{900}, .passbook = passbook, .unreached = {}};
}

Answer accepted(const Passbook& passbook, EntryId entry) {
  Answer out = success(passbook);
  out.entry = entry;
  return out;
}

TEST(Customer, CarriesWhatItWroteAndReadToTheNextBranch) {
  Customer who = customer();
  const auto first = call(who, deposit(1));
  EXPECT_EQ(first.request.passbook, Passbook{});
  EXPECT_EQ(first.deadline, kNow + seconds(10));
  const EntryId entry{kWrite.end.origin, Sequence{3}};
  const Performed done = answered(who, accepted({{kWrite}, {kWrite, kOther}}, entry));
  EXPECT_EQ(done.result, (EventResult{ResultWord::success, "", Money{900}}));
  EXPECT_EQ(done.write, entry) << "its block may go on after it";
  EXPECT_EQ(done.applied, (VersionVector{kWrite.end, kOther.end}));
  const auto second = call(who, query(2));
  EXPECT_EQ(second.branch, BranchId{2});
  EXPECT_EQ(second.request.passbook, (Passbook{{kWrite}, {kWrite, kOther}}));
  EXPECT_EQ(second.request.bank, kBank);
}

TEST(Customer, AnEventMayHaveMoreTimeThanTheTimeout) {
  Customer who = customer();
  const auto first =
      std::get<Customer::Call>(who.step(Customer::Perform{deposit(1), seconds(3)}, kNow));
  EXPECT_EQ(first.deadline, kNow + seconds(13));
}

TEST(Customer, SendsOnlyWhatTheGuaranteesOfTheCallNeed) {
  Customer who = customer({.read_your_writes = true,
                           .monotonic_writes = false,
                           .monotonic_reads = false,
                           .writes_follow_reads = true});
  call(who, deposit(1));
  answered(who, success({{kWrite}, {kWrite, kOther}}));
  EXPECT_EQ(call(who, query(2)).request.passbook, (Passbook{{kWrite}, {}}));
  answered(who, success({{kWrite}, {}}));
  EXPECT_EQ(call(who, deposit(2)).request.passbook, (Passbook{{}, {kWrite, kOther}}))
      << "what was read before must not be forgotten";
}

TEST(Customer, AnEventualCustomerCarriesNothingAndKeepsTheLastAnswer) {
  Customer who = customer(Guarantees::eventual());
  call(who, deposit(1));
  answered(who, success({{kWrite}, {kWrite}}));
  EXPECT_EQ(call(who, query(2)).request.passbook, Passbook{});
  answered(who, success({{}, {kOther}}));
  EXPECT_EQ(who.passbook().passbook, (Passbook{{}, {kOther}}));
}

TEST(Customer, WaitsForWhatItBeginsWithUnderAnyGuarantees) {
  Customer who = customer(Guarantees::eventual());
  who.begin_with({{{kOther}, {}}, kBank});
  const auto made = call(who, query(1));
  EXPECT_EQ(made.request.passbook, (Passbook{{kOther}, {}}));
  EXPECT_EQ(made.request.guarantees, Guarantees::session());
  answered(who, success({{}, {kOther}}));
  who.begin_with({});
  EXPECT_EQ(call(who, query(2)).request.passbook, Passbook{});
}

TEST(Customer, ASessionCarriesOnWithWhatItBeganWith) {
  Customer who = customer();
  who.begin_with({{{kOther}, {}}, kBank});
  who.begin_with({});
  EXPECT_EQ(call(who, query(1)).request.passbook, (Passbook{{kOther}, {}}));
}

TEST(Customer, RetriesWithTheSameIdUntilItsTimeIsUpAndThenTheResultIsUnknown) {
  Customer who = customer();
  const auto first = call(who, deposit(1));
  const auto again =
      std::get<Customer::Call>(who.step(Customer::Failed{"broken"}, kNow + seconds(9)));
  EXPECT_EQ(again.request.id, first.request.id);
  EXPECT_GT(again.request.clock, first.request.clock) << "it is another send";
  EXPECT_EQ(again.deadline, first.deadline);
  const auto over = std::get<Performed>(who.step(Customer::Failed{"broken"}, kNow + seconds(10)));
  EXPECT_EQ(over.result, (EventResult{ResultWord::unknown, "broken", std::nullopt}));
  EXPECT_NE(call(who, deposit(1)).request.id, first.request.id);
}

TEST(Customer, ComesAgainWithTheSameIdWhenTheBranchWishesForAPause) {
  Customer who = customer();
  const auto first = call(who, deposit(1));
  EXPECT_EQ(first.begin, kNow);
  Answer busy{
      .outcome = Outcome::resource_exhausted, .balance = {}, .passbook = {}, .unreached = {}};
  busy.retry_after = std::chrono::milliseconds(120);
  const auto again = std::get<Customer::Call>(who.step(Customer::Answered{busy, kBank}, kNow));
  EXPECT_EQ(again.request.id, first.request.id);
  EXPECT_EQ(again.begin, kNow + busy.retry_after);
  EXPECT_EQ(again.deadline, first.deadline);
  const auto given_up =
      std::get<Customer::Call>(who.step(Customer::Answered{busy, kBank}, first.deadline));
  EXPECT_TRUE(std::holds_alternative<Abandon>(given_up.request.operation))
      << "its time is up: the id is given up before the result is called fail";
}

Answer too_old() {
  Answer out{.outcome = Outcome::too_old, .balance = {}, .passbook = {}, .unreached = {}};
  out.opens_at = 1'790'000'000;
  return out;
}

TEST(Customer, AWriteThatIsTakenForAnOldOneIsMadeAgainInANewSession) {
  for (const Outcome outcome : {Outcome::too_old, Outcome::session_too_new}) {
    Customer who = customer();
    const auto first = call(who, deposit(1));
    Answer answer = too_old();
    answer.outcome = outcome;
    const auto again = std::get<Customer::Call>(who.step(Customer::Answered{answer, kBank}, kNow));
    EXPECT_EQ(opened_at(again.request.id.client), answer.opens_at);
    EXPECT_EQ(again.request.id.client.customer, first.request.id.client.customer);
    EXPECT_GT(again.request.id.number, first.request.id.number);
    EXPECT_EQ(again.request.operation, first.request.operation);
    EXPECT_EQ(answered(who, success({{kWrite}, {kWrite}})).result.result, ResultWord::success);
    EXPECT_EQ(call(who, deposit(1)).request.id.client, again.request.id.client);
  }
}

TEST(Customer, ASessionIsNotOpenedAnewWhenNobodySaysFromWhenOn) {
  Customer who = customer();
  const auto first = call(who, deposit(1));
  Answer answer = too_old();
  answer.opens_at = 0;
  EXPECT_EQ(answered(who, answer).result.result, ResultWord::fail);
  EXPECT_EQ(call(who, deposit(1)).request.id.client, first.request.id.client);
}

TEST(Customer, AWriteOfALifeThatIsOverIsMadeAgainInTheLatest) {
  Customer who = customer();
  const auto first = call(who, deposit(1));
  EXPECT_EQ(first.request.id.origin, Origin{BranchId{1}});
  who.step(Customer::Failed{"broken"}, kNow);
  Answer over{.outcome = Outcome::wrong_origin, .balance = {}, .passbook = {}, .unreached = {}};
  over.incarnation = Incarnation{3};
  const auto again = std::get<Customer::Call>(who.step(Customer::Answered{over, kBank}, kNow));
  EXPECT_EQ(again.request.id.origin, (Origin{BranchId{1}, Incarnation{3}}));
  EXPECT_GT(again.request.id.number, first.request.id.number);
  EXPECT_EQ(answered(who, over).result.result, ResultWord::fail) << "it is told nothing new";
  EXPECT_EQ(call(who, deposit(1)).request.id.origin.incarnation, Incarnation{3});
  answered(who, success({}));
  EXPECT_EQ(call(who, deposit(2)).request.id.origin.incarnation, Incarnation{1});
}

TEST(Customer, TakesTheLatestLifeOfABranchFromItsPassbook) {
  Customer who = customer();
  const Origin second{BranchId{1}, Incarnation{2}};
  who.begin_with({{{}, {{{second, Sequence{4}}, Tag{104}}}}, kBank});
  EXPECT_EQ(call(who, deposit(1)).request.id.origin, second);
}

TEST(Customer, KnowsWhenItHeardAnAnswerThoughItHasCalledAgain) {
  Customer who = customer();
  call(who, deposit(1));
  Answer answer = too_old();
  answer.clock = Stamp{7};
  const auto again = std::get<Customer::Call>(who.step(Customer::Answered{answer, kBank}, kNow));
  EXPECT_EQ(who.heard_at(), Stamp{8});
  EXPECT_EQ(again.request.clock, Stamp{9});
}

TEST(Customer, AnEventThatMayTakeLongerThanACallIsSeveralCallsWithOneId) {
  Customer who({.client = {CustomerId{7}, 1}, .timeout = seconds(100)});
  const auto first = call(who, deposit(1));
  EXPECT_EQ(first.deadline, kNow + seconds(60));
  Answer late{.outcome = Outcome::unavailable, .balance = {}, .passbook = {}, .unreached = {}};
  const Instant then = kNow + seconds(60);
  for (const Outcome outcome : {Outcome::unavailable, Outcome::unknown, Outcome::unconfirmed}) {
    Customer other = who;
    late.outcome = outcome;
    const auto again = std::get<Customer::Call>(other.step(Customer::Answered{late, kBank}, then));
    EXPECT_EQ(again.request.id, first.request.id);
    EXPECT_EQ(again.request.operation, first.request.operation);
    EXPECT_EQ(again.deadline, kNow + seconds(100));
    EXPECT_EQ(answered(other, success({{kWrite}, {kWrite}})).result.result, ResultWord::success);
  }
  late.outcome = Outcome::unavailable;
  const auto given_up = std::get<Customer::Call>(who.step(Customer::Answered{late, kBank}, kNow));
  EXPECT_EQ(given_up.request.operation, Operation(Abandon{})) << "it was said at once";
}

TEST(Customer, AnOldRequestThatHadNoAnswerIsUnknown) {
  Customer who = customer();
  call(who, deposit(1));
  who.step(Customer::Failed{"broken"}, kNow);
  EXPECT_EQ(answered(who, too_old()).result, (EventResult{ResultWord::unknown, "TOO_OLD", {}}));
}

TEST(Customer, GivesUpWhatWasLostWithADisk) {
  Customer who = customer();
  call(who, deposit(1));
  answered(who, success({{kWrite}, {kWrite, kOther}}));
  call(who, query(2));
  const TaggedPosition left{{kWrite.end.origin, Sequence{3}}, Tag{103}};
  const Performed told = answered(who, {.outcome = Outcome::lost_write,
                                        .balance = {},
                                        .passbook = {{left}, {left, kOther}},
                                        .unreached = {}});
  EXPECT_EQ(told.result, (EventResult{ResultWord::fail, "LOST_WRITE", {}}));
  EXPECT_EQ(call(who, deposit(1)).request.passbook, (Passbook{{left}, {left, kOther}}));
}

TEST(Customer, GivesUpAnotherHistoryWhereItWroteInItAndReadTheOneThatIsKept) {
  Customer who = customer();
  call(who, deposit(1));
  const TaggedPosition kept{{kWrite.end.origin, Sequence{7}}, Tag{307}};
  answered(who, success({{kWrite}, {kept}}));
  call(who, query(2));
  const TaggedPosition left{{kWrite.end.origin, Sequence{5}}, Tag{305}};  // no shorter than before
  answered(who, {.outcome = Outcome::lost_write,
                 .balance = {},
                 .passbook = {{left}, {kept}},
                 .unreached = {}});
  EXPECT_EQ(call(who, query(2)).request.passbook, (Passbook{{left}, {kept}}));
}

TEST(Customer, AWriteThatNobodyCanHaveCarriedOutFailed) {
  const Customer::Failed turned_away{.why = "no customers here", .final = true, .no_effect = true};
  Customer who = customer();
  call(who, deposit(1));
  EXPECT_EQ(std::get<Performed>(who.step(turned_away, kNow)).result,
            (EventResult{ResultWord::fail, "no customers here", std::nullopt}));
  call(who, deposit(1));
  who.step(Customer::Failed{"broken"}, kNow);
  EXPECT_EQ(std::get<Performed>(who.step(turned_away, kNow)).result,
            (EventResult{ResultWord::unknown, "no customers here", std::nullopt}))
      << "the call before may have had an effect";
}

TEST(Customer, AQueryWithoutAnAnswerFailed) {
  Customer who = customer();
  call(who, query(1));
  const auto over = std::get<Performed>(who.step(Customer::Failed{"no such service", true}, kNow));
  EXPECT_EQ(over.result.result, ResultWord::fail);
}

Answer refused(Outcome outcome) {
  return {.outcome = outcome, .balance = {}, .passbook = {}, .unreached = {}};
}

/// Makes a deposit and answers it. Returns the call that abandons it.
Customer::Call given_up(Customer& who, const Answer& answer, Instant now = kNow) {
  call(who, deposit(1));
  return std::get<Customer::Call>(who.step(Customer::Answered{answer, kBank}, now));
}

TEST(Customer, AWriteThatMayYetBeAcceptedIsGivenUpBeforeItFailed) {
  Customer who = customer();
  Answer unavailable = refused(Outcome::unavailable);
  unavailable.unreached = {BranchId{2}, BranchId{3}};
  const auto first = call(who, deposit(1));
  const auto giving_up =
      std::get<Customer::Call>(who.step(Customer::Answered{unavailable, kBank}, kNow));
  EXPECT_EQ(giving_up.request.id, first.request.id);
  EXPECT_EQ(giving_up.branch, BranchId{1});
  EXPECT_EQ(giving_up.request.operation, Operation{Abandon{}});
  EXPECT_EQ(giving_up.deadline, first.deadline + seconds(1));
  const Performed done = answered(who, refused(Outcome::abandoned));
  EXPECT_EQ(done.result,
            (EventResult{ResultWord::fail, "UNAVAILABLE: not reached: branch 2, branch 3", {}}));
  EXPECT_EQ(done.applied, std::nullopt);
}

TEST(Customer, EveryRefusalThatIsNotForEverIsFollowedByGivingUp) {
  for (const Outcome outcome : {Outcome::unavailable, Outcome::disk_full, Outcome::unknown_account,
                                Outcome::lost_write, Outcome::invalid_passbook, Outcome::unknown}) {
    Customer who = customer();
    given_up(who, refused(outcome));
    EXPECT_EQ(answered(who, refused(Outcome::abandoned)).result,
              (EventResult{ResultWord::fail, to_string(outcome), {}}));
  }
  for (const Outcome outcome :
       {Outcome::insufficient_funds, Outcome::bad_amount, Outcome::overflow}) {
    Customer who = customer();
    call(who, deposit(1));
    EXPECT_EQ(answered(who, refused(outcome)).result.result, ResultWord::fail);
  }
}

TEST(Customer, AWriteThatWasAcceptedAfterAllSucceeded) {
  Customer who = customer();
  given_up(who, refused(Outcome::unavailable));
  const Performed done = answered(who, accepted({{kWrite}, {kWrite}}, kWrite.end));
  EXPECT_EQ(done.result, (EventResult{ResultWord::success, "", Money{900}}));
  EXPECT_EQ(done.write, kWrite.end);
  EXPECT_EQ(call(who, deposit(1)).request.passbook, (Passbook{{kWrite}, {kWrite}}));
}

TEST(Customer, AWriteThatCanNotBeGivenUpInTimeIsUnknown) {
  Customer who = customer();
  given_up(who, refused(Outcome::unavailable), kNow + seconds(9));
  const auto again = who.step(Customer::Failed{"broken"}, kNow + seconds(10));
  EXPECT_EQ(std::get<Customer::Call>(again).request.operation, Operation{Abandon{}});
  const auto over = who.step(Customer::Failed{"broken"}, kNow + seconds(11));
  EXPECT_EQ(std::get<Performed>(over).result,
            (EventResult{ResultWord::unknown, "UNAVAILABLE", {}}));
  given_up(who, refused(Outcome::unavailable));
  EXPECT_EQ(answered(who, refused(Outcome::unknown)).result.result, ResultWord::unknown);
  given_up(who, refused(Outcome::unavailable));
  EXPECT_EQ(answered(who, refused(Outcome::too_old)).result.result, ResultWord::unknown);
}

TEST(Customer, AWriteThatWasRefusedMeanwhileSaysWhy) {
  Customer who = customer();
  given_up(who, refused(Outcome::unavailable));
  EXPECT_EQ(answered(who, refused(Outcome::overflow)).result,
            (EventResult{ResultWord::fail, "OVERFLOW", {}}));
}

TEST(Customer, WhatWasRefusedForNowIsGivenUpToo) {
  for (const Outcome outcome : {Outcome::session_too_new, Outcome::resource_exhausted}) {
    Customer who = customer();
    given_up(who, refused(outcome));
    EXPECT_EQ(answered(who, refused(Outcome::abandoned)).result.reason, to_string(outcome));
  }
  for (const Outcome outcome : {Outcome::wrong_origin, Outcome::request_id_reused}) {
    Customer who = customer();
    call(who, deposit(1));
    EXPECT_EQ(answered(who, refused(outcome)).result,
              (EventResult{ResultWord::fail, to_string(outcome), {}}));
  }
}

TEST(Customer, GivingUpAsksOneBranchAndCarriesWhatTheRefusalSaid) {
  Customer who = customer();
  Answer answer = refused(Outcome::unavailable);
  answer.passbook = {{kWrite}, {kOther}};
  const auto giving_up = given_up(who, answer);
  EXPECT_EQ(giving_up.request.ack, AckLevel::local);
  EXPECT_EQ(giving_up.request.passbook, answer.passbook);
  EXPECT_EQ(giving_up.begin, kNow);
}

TEST(Customer, GivingUpLateHasASecondFromThen) {
  Customer who = customer();
  EXPECT_EQ(given_up(who, refused(Outcome::unavailable), kNow + seconds(12)).deadline,
            kNow + seconds(13));
}

TEST(Customer, ASessionThatIsOpenedAnewIsAnotherThanTheOneBefore) {
  constexpr std::uint64_t kSecond = std::uint64_t{1'790'000'000} << 32U;
  for (const auto& [low, next] : {std::pair(5U, 6U), std::pair(UINT32_MAX, 0U)}) {
    Customer who({.client = {CustomerId{7}, kSecond | low}});
    call(who, deposit(1));
    const auto again =
        std::get<Customer::Call>(who.step(Customer::Answered{too_old(), kBank}, kNow));
    EXPECT_EQ(again.request.id.client.session, kSecond | next);
  }
}

TEST(Customer, NothingIsMadeAnewWhenTheTimeIsUp) {
  Customer who = customer();
  call(who, deposit(1));
  const auto done = who.step(Customer::Answered{too_old(), kBank}, kNow + seconds(10));
  EXPECT_EQ(std::get<Performed>(done).result.result, ResultWord::fail);
}

TEST(Customer, AnIncarnationThatIsOlderThanTheOneThatIsKnownIsNoNews) {
  Customer who = customer();
  const Origin third{BranchId{1}, Incarnation{3}};
  who.begin_with({{{}, {{{third, Sequence{4}}, Tag{104}}}}, kBank});
  call(who, deposit(1));
  Answer over = refused(Outcome::wrong_origin);
  over.incarnation = Incarnation{2};
  EXPECT_EQ(answered(who, over).result.result, ResultWord::fail);
  EXPECT_EQ(call(who, deposit(1)).request.id.origin, third);
}

TEST(Customer, APauseMustEndBeforeItsTimeDoes) {
  Customer who = customer();
  call(who, query(1));
  Answer busy = refused(Outcome::resource_exhausted);
  busy.retry_after = seconds(10) - Duration(1);
  const auto again = std::get<Customer::Call>(who.step(Customer::Answered{busy, kBank}, kNow));
  EXPECT_EQ(again.begin, kNow + busy.retry_after);
  busy.retry_after = seconds(10);
  EXPECT_EQ(answered(who, busy).result.reason, "RESOURCE_EXHAUSTED");
}

TEST(Customer, ACallAfterAPauseHasItsFullTime) {
  Customer who({.client = {CustomerId{7}, 1}, .timeout = seconds(100)});
  call(who, deposit(1));
  Answer busy = refused(Outcome::resource_exhausted);
  busy.retry_after = seconds(5);
  const auto again = std::get<Customer::Call>(who.step(Customer::Answered{busy, kBank}, kNow));
  EXPECT_EQ(again.deadline, kNow + seconds(65));
}

TEST(Customer, HalfACallsTimeTellsWhetherTheCallOrTheAnswerEndedIt) {
  for (const bool late : {false, true}) {
    Customer who({.client = {CustomerId{7}, 1}, .timeout = seconds(100)});
    call(who, deposit(1));
    const Instant then = kNow + seconds(30) - Duration(late ? 0 : 1);
    const auto next = std::get<Customer::Call>(
        who.step(Customer::Answered{refused(Outcome::unavailable), kBank}, then));
    EXPECT_EQ(std::holds_alternative<Abandon>(next.request.operation), !late);
  }
}

TEST(Customer, AClockThatDoesNotHearCountsItsOwnCallsOnly) {
  Customer who({.client = {CustomerId{7}, 1}, .hears_clocks = false});
  EXPECT_EQ(call(who, query(1)).request.clock, Stamp{1});
  Answer answer = success({});
  answer.clock = Stamp{50};
  answered(who, answer);
  EXPECT_EQ(who.heard_at(), Stamp{1});
  EXPECT_EQ(call(who, query(1)).request.clock, Stamp{2});
}

TEST(Customer, AFailureThatHadNoEffectIsForgottenWithItsEvent) {
  Customer who = customer();
  call(who, deposit(1));
  who.step(Customer::Failed{"broken"}, kNow);
  who.step(Customer::Failed{"broken", true}, kNow);
  call(who, deposit(1));
  EXPECT_EQ(answered(who, refused(Outcome::too_old)).result.result, ResultWord::fail)
      << "the first call of this one was answered";
}

TEST(Customer, WhatIsAskedForIsWhatTheEventSays) {
  Customer who({.client = {CustomerId{7}, 1}, .ack = AckLevel::majority});
  CustomerEvent event = deposit(4);
  event.account = AccountId{3};
  EXPECT_EQ(call(who, event).request.operation, Operation(Deposit{AccountId{3}, Money{500}}));
  answered(who, success({}));
  event.interface = Interface::withdraw;
  const auto made = call(who, event);
  EXPECT_EQ(made.request.operation, Operation(Withdrawal{AccountId{3}, Money{500}}));
  EXPECT_EQ(made.request.ack, AckLevel::majority);
  EXPECT_EQ(made.request.id.number, 2U);
  answered(who, success({}));
  event.interface = Interface::query;
  EXPECT_EQ(call(who, event).request.operation, Operation(Query{AccountId{3}}));
}

TEST(Customer, AnUnconfirmedWriteStands) {
  Customer who = customer();
  call(who, deposit(1));
  Answer answer = accepted({{kWrite}, {kWrite}}, kWrite.end);
  answer.outcome = Outcome::unconfirmed;
  answer.confirmed = 2;
  answer.unreached = {BranchId{3}};
  const Performed done = answered(who, answer);
  EXPECT_EQ(done.result.result, ResultWord::success);
  EXPECT_EQ(done.result.reason, "UNCONFIRMED: not reached: branch 3 (confirmed by 2)");
  EXPECT_EQ(done.write, kWrite.end);
}

}  // namespace
}  // namespace passbook
