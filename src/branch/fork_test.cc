// SPDX-License-Identifier: Apache-2.0
// Two histories of one branch, detected by the others and by the branch itself.
#include <gmock/gmock.h>

#include "branch/replica.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Origin kOne{BranchId{1}};
constexpr Origin kTwo{BranchId{2}};
constexpr Origin kThree{BranchId{3}};

/// Branch 1 of three, with a stream from each of the others, which the test plays.
class ForkTest : public testing::Test {
 protected:
  void SetUp() override {
    greet(2, {});
    greet(3, {});
  }

  Effects step(const Event& event) {
    now_ += std::chrono::milliseconds(1);
    return replica_.step(std::span(&event, 1), now_);
  }

  static LinkId link(std::uint32_t branch) { return LinkId{branch}; }

  Effects say(std::uint32_t branch, PeerMessage message) {
    return step(Received{link(branch), {std::move(message), Stamp{1}}});
  }

  Effects greet(std::uint32_t branch, std::vector<TaggedPosition> have) {
    step(LinkUp{link(branch), std::nullopt});
    return say(branch, Hello{identity(bank_),
                             Origin{BranchId{branch}},
                             std::move(have),
                             {},
                             {.counter = 1, .nonce = branch}});
  }

  /// A report that the branch's process has a log up to a position.
  static Progress report(Origin by, TaggedPosition position) {
    return {{}, {{by, position, {.counter = 1, .nonce = by.branch.value}}}};
  }

  /// The block of the branch's own deposit, as sent to its peers.
  Block deposit(std::int64_t amount) {
    const Effects effects = step(Called{CallId{++calls_},
                                        {.id = {{BranchId{1}}, {CustomerId{1}, 1}, calls_},
                                         .operation = Deposit{kSharedAccount, Money{amount}},
                                         .passbook = {},
                                         .bank = {},
                                         .guarantees = {},
                                         .ack = AckLevel::all},
                                        now_ + std::chrono::seconds(10)});
    return std::get<Block>(effects.persist.at(0));
  }

  /// The request of an operator who recovers a branch.
  Effects promise(const Seal& seal) {
    return step(OperatorCalled{
        CallId{99}, SealRequest{.bank = identity(bank_),
                                .branch = seal.branch,
                                .next = seal.next,
                                .compare = {},
                                .ends = seal.final ? std::optional(seal.ends) : std::nullopt,
                                .recovery = seal.recovery}});
  }

  Money balance() const { return replica_.state().ledger().find(kSharedAccount)->balance(); }

  static std::vector<std::string> warnings(const Effects& effects) {
    std::vector<std::string> out;
    for (const Observation& observation : effects.observations) {
      if (const auto* refused = std::get_if<PeerRefused>(&observation)) {
        out.push_back(refused->why);
      } else if (const auto* seen = std::get_if<ForkSeen>(&observation)) {
        out.push_back(describe(seen->fork));
      }
    }
    return out;
  }

  Bank bank_{{BranchId{1}, BranchId{2}, BranchId{3}}, {{kSharedAccount, Money{300}, Money{0}}}};
  Replica replica_{bank_, {}, State(bank_, kOne)};
  Instant now_{std::chrono::seconds(1)};
  std::uint64_t calls_ = 0;
};

TEST_F(ForkTest, AnotherHistoryOfAThirdBranchIsNamedWithBothDigests) {
  TestLog here(kThree);
  TestLog there(kThree);
  say(3, Blocks{{here.deposit(5)}});
  const Effects effects = say(2, Blocks{{there.deposit(7)}});
  ASSERT_EQ(warnings(effects).size(), 1U);
  const std::string said = warnings(effects)[0];
  EXPECT_THAT(said, HasSubstr("FORK"));
  EXPECT_THAT(said, HasSubstr("branch 3"));
  EXPECT_THAT(said, HasSubstr(to_string(here.blocks()[0].tag())));
  EXPECT_THAT(said, HasSubstr(to_string(there.blocks()[0].tag())));
  EXPECT_EQ(effects.stop, std::nullopt);
  EXPECT_EQ(balance(), Money{305}) << "only one of them is in the books";
}

TEST_F(ForkTest, AForkedLogIsFrozenAndWhatDoesNotDependOnItGoesOn) {
  TestLog here(kThree);
  TestLog there(kThree);
  TestLog two(kTwo);
  say(3, Blocks{{here.deposit(5)}});
  say(2, Blocks{{there.deposit(7)}});
  EXPECT_TRUE(warnings(say(3, Blocks{{here.deposit(11)}})).empty()) << "it is said once";
  EXPECT_EQ(balance(), Money{305});
  say(2, Blocks{{two.deposit(13)}});
  EXPECT_EQ(balance(), Money{318});
  say(2, Blocks{{two.deposit(17, {there.blocks()[0].end()})}});
  EXPECT_EQ(balance(), Money{318}) << "it rests on the other history";
}

TEST_F(ForkTest, AWithdrawalThatNeedsTheRightsBehindAForkNamesTheBranch) {
  TestLog here(kThree);
  say(3, Blocks{{here.deposit(5)}});
  say(2, report(kTwo, {{kThree, Sequence{1}}, Tag{99}}));
  const Instant deadline = now_ + std::chrono::milliseconds(2);
  step(Called{CallId{1},
              {.id = {{BranchId{1}}, {CustomerId{1}, 1}, 1},
               .operation = Withdrawal{kSharedAccount, Money{250}},
               .passbook = {},
               .bank = {},
               .guarantees = {},
               .ack = AckLevel::local},
              deadline});
  now_ = deadline;
  const Effects effects = step(Received{link(3), {Heartbeat{}, Stamp{1}}});
  ASSERT_EQ(effects.answers.size(), 1U);
  EXPECT_EQ(effects.answers[0].answer.outcome, Outcome::unavailable);
  EXPECT_THAT(effects.answers[0].answer.unreached, ElementsAre(BranchId{3}));
}

TEST_F(ForkTest, AHelloAndAReportShowForksToo) {
  TestLog here(kThree);
  say(3, Blocks{{here.deposit(5)}});
  const TaggedPosition other{{kThree, Sequence{1}}, Tag{99}};
  EXPECT_THAT(warnings(say(2, report(kTwo, other))), ElementsAre(HasSubstr("FORK")));
  EXPECT_TRUE(replica_.state().forks().frozen(kThree));
  step(LinkDown{link(2)});
  EXPECT_TRUE(warnings(greet(4, {})).size() == 1) << "there is no branch 4";
}

TEST_F(ForkTest, WhoseLogIsShorterHereAndOtherwiseIsNotTakenForMerelyOld) {
  TestLog here(kThree);
  say(3, Blocks{{here.deposit(5), here.deposit(6)}});
  step(LinkDown{link(3)});
  EXPECT_THAT(warnings(greet(3, {here.blocks()[0].end()})), ElementsAre(HasSubstr("old or gone")));
  EXPECT_FALSE(replica_.state().forks().frozen(kThree));
  EXPECT_THAT(warnings(greet(3, {{{kThree, Sequence{1}}, Tag{99}}})),
              testing::Contains(HasSubstr("FORK")));
  EXPECT_TRUE(replica_.state().forks().frozen(kThree));
}

TEST_F(ForkTest, WhoIsConnectedSaysItselfWhatItHas) {
  TestLog here(kThree);
  say(3, Blocks{{here.deposit(5)}});
  const Progress hearsay = report(kTwo, {{kThree, Sequence{1}}, Tag{99}});
  say(3, hearsay);
  EXPECT_FALSE(replica_.state().forks().frozen(kThree));
  step(LinkDown{link(2)});
  say(3, hearsay);
  EXPECT_TRUE(replica_.state().forks().frozen(kThree)) << "nobody knows better";
}

TEST_F(ForkTest, AForkEndsWhenItIsSettledOrWhoHasTheOtherHistoryWasRecovered) {
  TestLog here(kThree);
  say(3, Blocks{{here.deposit(5)}});
  say(2, report(kTwo, {{kThree, Sequence{1}}, Tag{99}}));
  step(LinkUp{LinkId{7}, std::nullopt});
  const std::vector have{here.blocks()[0].end()};
  const Hello twin{identity(bank_), kThree, have, {}, {.counter = 0, .nonce = 77}};
  EXPECT_TRUE(step(Received{LinkId{7}, {twin, Stamp{1}}}).closes.empty());
  promise({BranchId{2}, Incarnation{2}, {}, false, 1});
  EXPECT_TRUE(replica_.state().forks().frozen(kThree));
  const Effects effects = promise({BranchId{2}, Incarnation{3}, {}, true, 1});
  EXPECT_FALSE(replica_.state().forks().frozen(kThree));
  EXPECT_THAT(effects.closes, Contains(link(3))) << "what was passed over must be sent again";
  EXPECT_THAT(effects.closes, Contains(LinkId{7})) << "nor does a process sent away stay so";
}

TEST_F(ForkTest, ABranchThatHearsOfAnotherHistoryOfItsOwnLogStops) {
  const Block own = deposit(5);
  EXPECT_EQ(say(2, report(kTwo, own.end())).stop, std::nullopt);
  const Effects effects = say(3, report(kThree, {own.end().end, Tag{99}}));
  ASSERT_TRUE(effects.stop.has_value());
  EXPECT_THAT(*effects.stop, HasSubstr("FORK"));
  EXPECT_THAT(*effects.stop, HasSubstr(to_string(own.tag())));
  EXPECT_TRUE(effects.answers.empty()) << "an acknowledgement of another block counts for nothing";
}

TEST_F(ForkTest, WhyABranchStopsIsStillKnownWhenMoreIsHeardInTheSameStep) {
  const Block own = deposit(5);
  const auto heard = [&](std::uint32_t from, const TaggedPosition& position) {
    return Event(Received{link(from), {Progress{{position}, {}}, Stamp{1}}});
  };
  const std::vector<Event> events{heard(3, {own.end().end, Tag{99}}), heard(2, own.end())};
  const Effects effects = replica_.step(events, now_);
  EXPECT_THAT(effects.stop.value_or("it goes on"), HasSubstr("FORK"));
}

TEST_F(ForkTest, WhatASecondProcessHasItsBranchMayNotHave) {
  const Block own = deposit(5);
  Progress twins = report(kThree, own.end());
  twins.reports[0].process.nonce = 77;
  for (const Progress& confirmation : {report(kTwo, own.end()), twins}) {
    EXPECT_TRUE(say(2, confirmation).answers.empty());
  }
  const Effects effects = say(2, report(kThree, own.end()));
  ASSERT_EQ(effects.answers.size(), 1U) << "now both have it";
  EXPECT_EQ(effects.answers[0].answer.confirmed, 3U);
}

TEST_F(ForkTest, ABranchThatThisBankHasNotIsNotBelieved) {
  deposit(5);
  const Origin nobody{BranchId{999}};
  EXPECT_EQ(say(2, report(nobody, {{kOne, Sequence{9}}, Tag{99}})).stop, std::nullopt);
  EXPECT_TRUE(say(2, report(kTwo, {{kOne, Sequence{9}}, Tag{99}})).stop.has_value());
}

TEST_F(ForkTest, ABranchThatHearsOfMoreOfItsOwnLogThanItHasStops) {
  const Block own = deposit(5);
  step(LinkDown{link(2)});
  step(LinkUp{LinkId{7}, std::nullopt});
  const Effects effects = step(Received{
      LinkId{7},
      {Hello{
           identity(bank_), kTwo, {{{kOne, Sequence{2}}, Tag{99}}}, {}, {.counter = 2, .nonce = 2}},
       Stamp{1}}});
  ASSERT_TRUE(effects.stop.has_value());
  EXPECT_THAT(*effects.stop, HasSubstr("recover"));
}

TEST_F(ForkTest, ASecondProcessOfABranchIsToldToStopAndTheFirstGoesOn) {
  step(LinkUp{LinkId{7}, std::nullopt});
  const Effects effects = step(Received{
      LinkId{7}, {Hello{identity(bank_), kTwo, {}, {}, {.counter = 1, .nonce = 77}}, Stamp{1}}});
  EXPECT_THAT(warnings(effects),
              ElementsAre("two processes of branch 2: number 1 (2) counts here, number 1 (4d) was "
                          "told to stop"));
  ASSERT_EQ(effects.sends.size(), 1U);
  EXPECT_EQ(effects.sends[0].link, LinkId{7});
  EXPECT_EQ(std::get<Dismissal>(effects.sends[0].envelope.message),
            (Dismissal{.counts = {.counter = 1, .nonce = 2}, .connected = true}));
  TestLog twins(kTwo);
  step(Received{LinkId{7}, {Blocks{{twins.deposit(5)}}, Stamp{2}}});
  EXPECT_EQ(balance(), Money{300}) << "it is not listened to";
  say(2, Blocks{{twins.blocks()}});
  EXPECT_EQ(balance(), Money{305});
}

TEST_F(ForkTest, APeerThatIsRefusedAtEachRedialIsToldOfOnceAnOutage) {
  const auto redial = [this](std::uint64_t link, const Hello& hello) {
    step(LinkUp{LinkId{link}, std::nullopt});
    const auto said = warnings(step(Received{LinkId{link}, {hello, Stamp{1}}}));
    step(LinkDown{LinkId{link}});
    return said.size();
  };
  const Hello other_bank{BankId{1}, kTwo, {}, {}, {.counter = 1, .nonce = 2}};
  const Hello ours{identity(bank_), kTwo, {}, {}, {.counter = 1, .nonce = 2}};
  const Hello twin{identity(bank_), kTwo, {}, {}, {.counter = 0, .nonce = 77}};
  step(LinkDown{link(2)});
  EXPECT_EQ(redial(10, other_bank), 1U);
  EXPECT_EQ(redial(11, other_bank), 0U);
  EXPECT_EQ(redial(12, twin), 1U) << "the reason is another";
  EXPECT_EQ(redial(13, twin), 0U);
  EXPECT_EQ(redial(14, other_bank), 0U);
  EXPECT_EQ(redial(15, ours), 0U);
  EXPECT_EQ(redial(16, other_bank), 1U) << "it was connected";
}

TEST_F(ForkTest, AProcessThatIsDismissedStopsAndOneThatIsMeantGoesOn) {
  for (const ProcessId counts : {replica_.state().process(), ProcessId{.counter = 0, .nonce = 1}}) {
    const Effects effects = say(2, Dismissal{counts});
    EXPECT_EQ(effects.stop, std::nullopt);
    EXPECT_THAT(effects.closes, ElementsAre(link(2))) << "it must hear which process this is";
    greet(2, {});
  }
  const Effects effects = say(2, Dismissal{{.counter = 9, .nonce = 1}});
  ASSERT_TRUE(effects.stop.has_value());
  EXPECT_THAT(*effects.stop, HasSubstr("another process of this branch: number 9 (1), and"));
}

TEST_F(ForkTest, OfTwoThatTellEachOtherToStopBothHearIt) {
  step(LinkUp{LinkId{7}, std::nullopt});
  step(Received{LinkId{7},
                {Hello{identity(bank_), kTwo, {}, {}, {.counter = 1, .nonce = 77}}, Stamp{1}}});
  const Effects effects =
      step(Received{LinkId{7}, {Dismissal{{.counter = 9, .nonce = 1}, true}, Stamp{2}}});
  ASSERT_TRUE(effects.stop.has_value());
  EXPECT_THAT(*effects.stop, HasSubstr("branch 2 knows another process"));
}

TEST_F(ForkTest, AfterItWasSentAwayAProcessDoesNotSayHelloAgainOnTheSameStream) {
  const Hello hello{identity(bank_), kTwo, {}, {}, {.counter = 1, .nonce = 2}};
  step(LinkUp{LinkId{7}, std::nullopt});
  step(Received{LinkId{7},
                {Hello{identity(bank_), kTwo, {}, {}, {.counter = 1, .nonce = 77}}, Stamp{1}}});
  const Effects effects = step(Received{LinkId{7}, {hello, Stamp{2}}});
  EXPECT_THAT(effects.closes, ElementsAre(LinkId{7}));
  EXPECT_THAT(warnings(effects), ElementsAre(HasSubstr("said hello twice")));
  TestLog log(kTwo);
  say(2, Blocks{{log.deposit(5)}});
  EXPECT_EQ(balance(), Money{305}) << "the stream before still counts";
}

TEST_F(ForkTest, WhoHasNotSaidWhoItIsStopsNobody) {
  step(LinkUp{LinkId{7}, std::nullopt});
  EXPECT_EQ(step(Received{LinkId{7}, {Dismissal{{.counter = 9, .nonce = 1}, true}, Stamp{2}}}).stop,
            std::nullopt);
}

TEST_F(ForkTest, AProcessThatLacksWhatIsHereDeposesNobody) {
  TestLog two(kTwo);
  say(2, Blocks{{two.deposit(5), two.deposit(6)}});
  step(LinkUp{LinkId{7}, std::nullopt});
  const TaggedPosition old = two.blocks()[0].end();
  const Effects effects = step(Received{
      LinkId{7}, {Hello{identity(bank_), kTwo, {old}, {}, {.counter = 9, .nonce = 77}}, Stamp{1}}});
  EXPECT_THAT(warnings(effects),
              ElementsAre(HasSubstr("branch 2 has 1 entries of its log, and 2 are here")));
  EXPECT_THAT(effects.closes, ElementsAre(LinkId{7}));
  EXPECT_TRUE(warnings(say(2, Blocks{{two.deposit(7)}})).empty());
  EXPECT_EQ(balance(), Money{318}) << "the one that was here goes on";
}

/// A process that began without data, and two peers that have no entries of its branch.
class Forgetful : public ForkTest {
 protected:
  static BranchOptions options() {
    BranchOptions out;
    out.starts_empty = true;
    return out;
  }

  Effects tell(PeerMessage message) {
    now_ += std::chrono::milliseconds(1);
    const Event event = Received{link(2), {std::move(message), Stamp{1}}};
    return fresh_.step(std::span(&event, 1), now_);
  }

  void SetUp() override {
    now_ += std::chrono::milliseconds(1);
    const Event event = LinkUp{link(2), std::nullopt};
    fresh_.step(std::span(&event, 1), now_);
    tell(Hello{identity(bank_), kTwo, {}, {}, {.counter = 1, .nonce = 2}});
  }

  Replica fresh_{bank_, options(), State(bank_, kOne)};
};

TEST_F(Forgetful, CountsItselfOneMoreThanTheProcessThatIsGone) {
  const Effects effects = tell(Dismissal{.counts = {.counter = 9, .nonce = 1}, .connected = false});
  EXPECT_EQ(effects.stop, std::nullopt);
  EXPECT_THAT(effects.persist, ElementsAre(Record(ProcessBegun{10})));
  EXPECT_EQ(fresh_.state().process().counter, 10U);
  EXPECT_THAT(effects.closes, ElementsAre(link(2))) << "it says hello again";
}

TEST_F(Forgetful, GivesWayToAProcessThatLives) {
  const Effects effects = tell(Dismissal{.counts = {.counter = 9, .nonce = 1}, .connected = true});
  ASSERT_TRUE(effects.stop.has_value());
}

TEST_F(Forgetful, BelievesOneThatHasPromisedToTakeNoMoreOfIt) {
  const Seal promise{.branch = BranchId{1}, .next = Incarnation{2}, .ends = {}};
  now_ += std::chrono::milliseconds(1);
  const Event up = LinkUp{link(3), std::nullopt};
  fresh_.step(std::span(&up, 1), now_);
  const Event hello = Received{
      link(3),
      {Hello{identity(bank_), kThree, {}, {promise}, {.counter = 1, .nonce = 3}}, Stamp{1}}};
  const Effects effects = fresh_.step(std::span(&hello, 1), now_);
  ASSERT_TRUE(effects.stop.has_value()) << "it would never take writes";
  EXPECT_THAT(*effects.stop, HasSubstr("must be brought to its end"));
}

TEST_F(ForkTest, AProcessThatBeginsIsCountedBeforeAnythingLeaves) {
  State state(bank_, kOne);
  ASSERT_TRUE(state.restore({.snapshot = {}, .records = {ProcessBegun{4}}}));
  Replica again(bank_, {}, std::move(state));
  const Effects effects = again.step({}, now_);
  EXPECT_THAT(effects.persist, ElementsAre(Record(ProcessBegun{5})));
  EXPECT_EQ(again.state().process().counter, 5U);
}

/// Branch 3 returns as its second incarnation, and reports the part of its first log that was kept.
class GivenUp : public ForkTest {
 protected:
  void comes_back(TaggedPosition kept) {
    step(LinkDown{link(3)});
    step(LinkUp{LinkId{30}, std::nullopt});
    const Origin self{BranchId{3}, Incarnation{2}};
    const Seal seal{self.branch, self.incarnation, {{kept}, {}}, true, 5};
    step(Received{
        LinkId{30},
        {Hello{identity(bank_), self, {kept}, {seal}, {.counter = 1, .nonce = 33}}, Stamp{1}}});
    EXPECT_EQ(replica_.state().seals().all(), std::vector{seal});
  }

  TestLog log_{kThree};
  TestLog other_{kThree};
};

TEST_F(GivenUp, WhoHasAnotherHistoryThanWasKeptIsToldAndSentAway) {
  say(3, Blocks{{log_.deposit(5)}});
  const TaggedPosition kept = log_.blocks()[0].end();
  comes_back(kept);
  step(LinkDown{link(2)});
  const TaggedPosition theirs = other_.deposit(7).end();
  const Effects effects = greet(2, {theirs});
  EXPECT_THAT(warnings(effects), ElementsAre(HasSubstr("branch 2 has entries that were lost")));
  ASSERT_EQ(effects.sends.size(), 1U);
  EXPECT_EQ(std::get<Divergence>(effects.sends[0].envelope.message), (Divergence{theirs, kept}));
  TestLog two(kTwo);
  say(2, Blocks{{two.deposit(13)}});
  EXPECT_EQ(balance(), Money{305}) << "it is not listened to";
}

TEST_F(GivenUp, WhoIsToldSoNamesTheFork) {
  say(3, Blocks{{log_.deposit(5)}});
  const TaggedPosition here = log_.blocks()[0].end();
  other_.deposit(7);
  const TaggedPosition kept = other_.deposit(9).end();
  comes_back(kept);
  EXPECT_FALSE(replica_.state().forks().frozen(kThree)) << "it can't know";
  const TaggedPosition instead = other_.blocks()[0].end();
  const Effects effects = say(2, Divergence{here, instead});
  EXPECT_THAT(warnings(effects),
              Contains("branch 2 says that what is here of branch 3 was given up"));
  EXPECT_EQ(replica_.state().forks().all().at(kThree), (Fork{here, instead, BranchId{2}}));
  EXPECT_EQ(effects.closes.size(), 1U);
  EXPECT_EQ(effects.stop, std::nullopt);
}

TEST_F(GivenUp, WhatCanNotBeIsNotBelieved) {
  say(3, Blocks{{log_.deposit(5)}});
  const TaggedPosition here = log_.blocks()[0].end();
  const TaggedPosition other = other_.deposit(7).end();
  EXPECT_THAT(warnings(say(2, Divergence{here, other})),
              ElementsAre("branch 2 says that what is here of branch 3 was given up, which can't "
                          "be so"));
  EXPECT_FALSE(replica_.state().forks().frozen(kThree)) << "nothing was given up";
  comes_back(here);
  greet(2, {});
  say(2, Divergence{other, {other.end, Tag{9}}});
  EXPECT_FALSE(replica_.state().forks().frozen(kThree)) << "it is another's place";
  greet(2, {});
  say(2, Divergence{here, here});
  EXPECT_FALSE(replica_.state().forks().frozen(kThree)) << "it is the same";
  greet(2, {});
  say(2, Divergence{here, other});
  EXPECT_FALSE(replica_.state().forks().frozen(kThree)) << "this branch has what was kept";
}

TEST_F(ForkTest, ABlockOfTheFarFutureIsNotTakenAndOneFromCloseByIs) {
  TestLog far(kTwo);
  far.stamp_from(Stamp{kNumberLimit - 2});
  EXPECT_THAT(warnings(say(2, Blocks{{far.deposit(5)}})), ElementsAre(HasSubstr("far future")));
  EXPECT_EQ(balance(), Money{300});
  TestLog three(kThree);
  three.stamp_from(Stamp{kHighestStamp.value - 1});
  step(Received{link(3), {Blocks{{three.deposit(5), three.deposit(5)}}, kHighestStamp}});
  EXPECT_EQ(balance(), Money{310});
  EXPECT_GT(deposit(7).head().stamp, kHighestStamp);
}

TEST_F(ForkTest, AMessageOfTheFarFutureMovesNoClock) {
  for (const std::uint64_t clock : {(std::uint64_t{1} << 60U) + 1, UINT64_MAX}) {
    step(Received{link(2), {Heartbeat{}, Stamp{clock}}});
    EXPECT_LT(replica_.state().clock().last().value, 1000U);
  }
}

TEST_F(ForkTest, WhatWaitsGivesWayToWhatItsOwnBranchSays) {
  TestLog lost(kThree);
  TestLog now(kThree);
  const TaggedPosition missing{{kTwo, Sequence{1}}, Tag{1}};
  say(2, Blocks{{lost.deposit(5, {missing})}});  // waits; was never applied anywhere
  EXPECT_TRUE(warnings(say(3, Blocks{{now.deposit(7)}})).empty());
  EXPECT_EQ(balance(), Money{307});
}

}  // namespace
}  // namespace passbook
