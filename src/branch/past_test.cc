// SPDX-License-Identifier: Apache-2.0
// Passbooks with another history than the branch's, and made-up ones.
#include "branch/past.h"

#include <gmock/gmock.h>

#include "branch/replica.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Origin kOne{BranchId{1}};
constexpr Origin kThree{BranchId{3}};
constexpr Guarantees kOwnWrites{.read_your_writes = true,
                                .monotonic_writes = true,
                                .monotonic_reads = false,
                                .writes_follow_reads = false};

TaggedPosition other(const TaggedPosition& position) {
  return {position.end, Tag{position.tag.value ^ 1U}};
}

Passbook wrote(const TaggedPosition& position) { return {{position}, {}}; }
Passbook read(const TaggedPosition& position) { return {{}, {position}}; }

TEST(NeededPast, WhatIsNoLongerInMemoryIsAsGoodAsTheSame) {
  TestLog log(kThree);
  log.deposit(5);
  log.deposit(7);
  Logs logs;
  logs.restore({log.blocks()[1].end().end}, {log.blocks()[1].digest()}, {});
  EXPECT_TRUE(NeededPast(wrote(other(log.blocks()[0].end())), logs).reached());
  EXPECT_TRUE(NeededPast(wrote(log.blocks()[1].end()), logs).reached());
  EXPECT_FALSE(NeededPast(read(other(log.blocks()[1].end())), logs).reached());
}

TEST(NeededPast, TellsTheHistoryOfWhatWasAheadOnceItIsReached) {
  TestLog log(kThree);
  log.deposit(5);
  Logs logs;
  NeededPast same(read(log.blocks()[0].end()), logs);
  NeededPast wrong(read(other(log.blocks()[0].end())), logs);
  EXPECT_FALSE(same.reached());
  EXPECT_THAT(wrong.other(), IsEmpty());
  logs.append(log.blocks()[0]);
  same.compare(logs);
  wrong.compare(logs);
  EXPECT_TRUE(same.reached());
  EXPECT_FALSE(wrong.reached());
  EXPECT_THAT(wrong.other(), ElementsAre(other(log.blocks()[0].end())));
}

/// Branch 1 of three, with a stream from each of the others, which the test plays. It has two
/// blocks of branch 3.
class PastTest : public testing::Test {
 protected:
  void SetUp() override {
    greet(2);
    greet(3);
    say(3, Blocks{{three_.deposit(5)}});
    say(3, Blocks{{three_.deposit(7)}});
    end_ = three_.blocks()[0].end();
  }

  Effects step(const std::vector<Event>& events) {
    now_ += std::chrono::milliseconds(1);
    return replica_.step(events, now_);
  }

  Effects say(std::uint32_t branch, PeerMessage message) {
    return step({Received{LinkId{branch}, {std::move(message), Stamp{1}}}});
  }

  void greet(std::uint32_t branch, std::vector<Seal> seals = {}) {
    step({LinkUp{LinkId{branch}, std::nullopt}});
    say(branch, Hello{identity(bank_),
                      Origin{BranchId{branch}},
                      {},
                      std::move(seals),
                      {.counter = 1, .nonce = branch}});
  }

  Called call(const Operation& operation, Passbook passbook, Guarantees guarantees = {}) {
    ++calls_;
    return {CallId{calls_},
            {.id = {{BranchId{1}}, {CustomerId{1}, 1}, calls_},
             .operation = operation,
             .passbook = std::move(passbook),
             .bank = identity(bank_),
             .guarantees = guarantees,
             .ack = AckLevel::local},
            now_ + std::chrono::seconds(10)};
  }

  static Operation query() { return Query{kSharedAccount}; }
  static Operation deposit() { return Deposit{kSharedAccount, Money{10}}; }
  static Operation withdraw() { return Withdrawal{kSharedAccount, Money{250}}; }

  /// The answer given at once, or nothing if the request waits.
  std::optional<Answer> ask(const Operation& operation, Passbook passbook,
                            Guarantees guarantees = {}) {
    const Effects effects = step({call(operation, std::move(passbook), guarantees)});
    return effects.answers.empty() ? std::nullopt : std::optional(effects.answers[0].answer);
  }

  Outcome outcome(const Operation& operation, Passbook passbook, Guarantees guarantees = {}) {
    return ask(operation, std::move(passbook), guarantees).value().outcome;
  }

  Effects seal_branch_3() {
    return step({OperatorCalled{CallId{1000},
                                SealRequest{.bank = identity(bank_),
                                            .branch = BranchId{3},
                                            .next = Incarnation{2},
                                            .compare = {},
                                            .ends = LogEnds{{three_.blocks()[1].end()}, {}}}}});
  }

  Bank bank_{{BranchId{1}, BranchId{2}, BranchId{3}}, {{kSharedAccount, Money{300}, Money{0}}}};
  Replica replica_{bank_, {}, State(bank_, kOne)};
  Instant now_{std::chrono::seconds(1)};
  TestLog three_{kThree};
  TaggedPosition end_;
  std::uint64_t calls_ = 0;
};

TEST_F(PastTest, AnotherHistoryIsNotServedAndItsBranchIsNamedAtOnce) {
  EXPECT_EQ(ask(query(), wrote(end_)).value().balance, Money{312});
  for (const Operation& operation : {query(), deposit(), withdraw()}) {
    const Answer answer = ask(operation, wrote(other(end_))).value();
    EXPECT_EQ(answer.outcome, Outcome::unavailable);
    EXPECT_THAT(answer.unreached, ElementsAre(BranchId{3}));
    EXPECT_EQ(answer.balance, std::nullopt);
  }
  EXPECT_EQ(outcome(deposit(), read(other(end_))), Outcome::unavailable);
}

TEST_F(PastTest, WhatWasWrittenIsComparedEvenIfMoreWasReadOfThisHistory) {
  EXPECT_EQ(outcome(query(), {{other(end_)}, {three_.blocks()[1].end()}}), Outcome::unavailable);
  EXPECT_EQ(outcome(query(), {{end_}, {three_.blocks()[1].end()}}), Outcome::ok);
}

TEST_F(PastTest, ACustomersWordIsNoEvidenceOfAFork) {
  const Effects effects = step({call(query(), wrote(other(end_)))});
  EXPECT_THAT(effects.observations, IsEmpty());
  EXPECT_FALSE(replica_.state().forks().frozen(kThree));
  say(3, Blocks{{three_.deposit(100)}});
  EXPECT_EQ(ask(query(), wrote(end_)).value().balance, Money{412});
}

TEST_F(PastTest, AWithdrawalOfAnotherHistoryAsksForNoRights) {
  const Effects effects = step({call(withdraw(), wrote(other(end_)))});
  EXPECT_EQ(effects.answers.size(), 1U);
  EXPECT_THAT(effects.sends, IsEmpty());
}

TEST_F(PastTest, OnlyWhatTheGuaranteesNeedIsCompared) {
  EXPECT_EQ(outcome(query(), wrote(other(end_)), Guarantees::eventual()), Outcome::ok);
  EXPECT_EQ(outcome(deposit(), wrote(other(end_)), Guarantees::eventual()), Outcome::ok);
  EXPECT_EQ(outcome(query(), read(other(end_)), kOwnWrites), Outcome::ok);
  EXPECT_EQ(outcome(deposit(), read(other(end_)), kOwnWrites), Outcome::ok);
  EXPECT_EQ(outcome(query(), wrote(other(end_)), kOwnWrites), Outcome::unavailable);
}

TEST_F(PastTest, WhoWaitsForAnotherHistoryIsToldWhenTheLogGetsThere) {
  TestLog twin(kThree);
  twin.deposit(5);
  twin.deposit(7);
  EXPECT_EQ(ask(query(), wrote(twin.deposit(1000).end())), std::nullopt);
  EXPECT_EQ(ask(withdraw(), wrote(twin.blocks()[2].end())), std::nullopt);
  const Effects effects = say(3, Blocks{{three_.deposit(100)}});
  ASSERT_EQ(effects.answers.size(), 2U);
  for (const AnswerCall& said : effects.answers) {
    EXPECT_EQ(said.answer.outcome, Outcome::unavailable);
    EXPECT_THAT(said.answer.unreached, ElementsAre(BranchId{3}));
  }
}

TEST_F(PastTest, WhoWaitsForThisHistoryIsServedWhenTheLogGetsThere) {
  const Block& next = three_.deposit(100);
  EXPECT_EQ(ask(query(), wrote(next.end())), std::nullopt);
  const Effects effects = say(3, Blocks{{next}});
  ASSERT_EQ(effects.answers.size(), 1U);
  EXPECT_EQ(effects.answers[0].answer.balance, Money{412});
}

TEST_F(PastTest, APositionWithoutATagMeansWhateverTheLogIs) {
  const Answer answer = ask(query(), wrote({end_.end, Tag{}})).value();
  EXPECT_EQ(answer.outcome, Outcome::ok);
  EXPECT_EQ(answer.passbook.writes, TaggedVector{end_}) << "and is told which that is";
  const TaggedPosition far{{kThree, Sequence{1'000'000}}, Tag{}};
  EXPECT_EQ(ask(query(), wrote(far)), std::nullopt);
  EXPECT_EQ(ask(query(), wrote(far), Guarantees::eventual()).value().passbook.writes,
            TaggedVector{far});
}

TEST_F(PastTest, AHistoryThatWasGivenUpIsALostWriteAndWhatIsLeftIsServed) {
  seal_branch_3();
  const Answer told = ask(query(), {{other(end_)}, {end_}}).value();
  EXPECT_EQ(told.outcome, Outcome::lost_write);
  EXPECT_EQ(told.passbook, (Passbook{{end_}, {end_}}));
  EXPECT_EQ(outcome(query(), told.passbook), Outcome::ok);
  EXPECT_EQ(outcome(deposit(), wrote(other(end_))), Outcome::lost_write);
  EXPECT_EQ(outcome(query(), wrote(other(end_)), Guarantees::eventual()), Outcome::ok);
}

TEST_F(PastTest, OnlyTheOriginSaysThatAWriteWhosePastIsLostHadNoEffect) {
  seal_branch_3();
  Called elsewhere = call(deposit(), wrote({{kThree, Sequence{9}}, Tag{9}}));
  elsewhere.request.id.origin = Origin{BranchId{2}};
  EXPECT_THAT(step({elsewhere}).answers, IsEmpty()) << "it is asked what became of it";
}

TEST_F(PastTest, AWriteOfAnotherOriginThatWaitsIsNotLostWithItsPast) {
  const TaggedPosition lost{{kThree, Sequence{9}}, Tag{9}};
  Called elsewhere = call(deposit(), wrote(lost));
  elsewhere.request.id.origin = Origin{BranchId{2}};
  ASSERT_THAT(step({elsewhere}).answers, IsEmpty());
  EXPECT_THAT(seal_branch_3().answers, IsEmpty());
}

TEST_F(PastTest, WhatIsLostGoesBackToTheEndOfItsLogWithItsTag) {
  seal_branch_3();
  const TaggedPosition lost{{kThree, Sequence{9}}, Tag{9}};
  EXPECT_EQ(ask(query(), wrote(lost)).value().passbook, wrote(three_.blocks()[1].end()));
}

TEST_F(PastTest, AnswersVouchForTheWholeBlockWithItsTag) {
  const Effects effects =
      step({call(deposit(), {}), call(query(), {}), call(deposit(), {}), call(deposit(), {})});
  ASSERT_EQ(effects.answers.size(), 4U);
  ASSERT_EQ(effects.persist.size(), 1U);
  const TaggedPosition block = std::get<Block>(effects.persist[0]).end();
  const TaggedPosition three = three_.blocks()[1].end();
  EXPECT_EQ(block.end.sequence, Sequence{3});
  for (std::size_t i = 0; i < 3; ++i) {
    const Answer& wrote = effects.answers[i].answer;
    EXPECT_EQ(wrote.passbook, (Passbook{{block}, {block, three}}));
    EXPECT_EQ(wrote.entry, (EntryId{kOne, Sequence{i + 1}}));
    EXPECT_EQ(wrote.balance, Money{312 + 10 * static_cast<std::int64_t>(i + 1)});
  }
  const Answer& asked = effects.answers[3].answer;
  EXPECT_EQ(asked.passbook, (Passbook{{}, {block, three}}));
  EXPECT_EQ(asked.entry, std::nullopt);
  EXPECT_EQ(asked.balance, Money{342}) << "just what its passbook names";
}

TEST_F(PastTest, ARefusalNamesJustWhatItsBalanceRestsOn) {
  const Called twice = call(Deposit{kSharedAccount, Money::max()}, {});
  const Effects effects = step({call(deposit(), {}), twice, call(deposit(), {})});
  const Answer refused = effects.answers.at(1).answer;
  EXPECT_EQ(refused.outcome, Outcome::overflow);
  EXPECT_EQ(refused.balance, Money{322});
  const TaggedPosition first = std::get<Block>(effects.persist.at(1)).end();
  EXPECT_EQ(first.end.sequence, Sequence{1});
  EXPECT_EQ(refused.passbook.reads.at(kOne), first);
  const Answer again = step({twice}).answers.at(0).answer;
  EXPECT_EQ(again.outcome, Outcome::overflow);
  EXPECT_EQ(again.passbook, twice.request.passbook) << "it shows no balance";
}

TEST_F(PastTest, APassbookHasAtMostFourPositionsForEachBranchAnd64More) {
  Passbook passbook;
  for (std::uint32_t i = 1; i <= 4 * 3 + 64; ++i) {
    passbook.reads.raise({{{BranchId{2}, Incarnation{i}}, Sequence{1}}, Tag{i}});
  }
  passbook.writes = passbook.reads;
  EXPECT_EQ(ask(query(), passbook), std::nullopt) << "of origins not heard of, which may yet come";
  EXPECT_EQ(outcome(query(), passbook, Guarantees::eventual()), Outcome::ok);
  for (TaggedVector Passbook::* const half : {&Passbook::writes, &Passbook::reads}) {
    Passbook longer = passbook;
    (longer.*half).raise({{{BranchId{2}, Incarnation{1000}}, Sequence{1}}, Tag{1}});
    const Answer refused = ask(query(), longer, Guarantees::eventual()).value();
    EXPECT_EQ(refused.outcome, Outcome::invalid_passbook);
    EXPECT_EQ(refused.passbook, Passbook{});
  }
}

}  // namespace
}  // namespace passbook
