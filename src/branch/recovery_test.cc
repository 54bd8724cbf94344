// SPDX-License-Identifier: Apache-2.0
// What branches agree on when one has lost its disk, and what follows from it.
#include "branch/recovery.h"

#include "branch/test_bank.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kOld{BranchId{1}, Incarnation{1}};

TaggedPosition place(std::uint64_t sequence, std::uint64_t tag) {
  return {{kOld, Sequence{sequence}}, Tag{tag}};
}

/// Branch 1 is lost; branches 2, 3 and 4 say what a test lets them say.
class Recovering : public testing::Test {
 protected:
  static RecoveryOrder order() {
    return {.bank = BankId{7},
            .branch = BranchId{1},
            .others = {BranchId{2}, BranchId{3}, BranchId{4}},
            .nonce = 99,
            .keep = {},
            .release_rights = false};
  }

  static SealReply has(std::vector<TaggedPosition> have) {
    return {.refused = {},
            .highest = Incarnation{1},
            .have = std::move(have),
            .other = {},
            .applied = {}};
  }

  /// Goes through the first two rounds: how far each has the lost log.
  static void promise(RecoveryCoordinator& recovery, const std::vector<TaggedPosition>& have) {
    for (std::uint32_t branch = 2; branch <= 4; ++branch) {
      recovery.hear(BranchId{branch}, has({}));
    }
    for (std::uint32_t branch = 2; branch <= 4; ++branch) {
      recovery.hear(BranchId{branch}, has({have.at(branch - 2)}));
    }
  }

  static void answer_all(RecoveryCoordinator& recovery, const SealReply& reply) {
    for (const auto& question : std::vector(recovery.questions())) {
      recovery.hear(question.to, reply);
    }
  }
};

TEST_F(Recovering, TheNextIncarnationIsBeyondAllThatWereHeardOf) {
  RecoveryCoordinator recovery(order());
  EXPECT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_EQ(recovery.questions()[0].request.next, std::nullopt);
  EXPECT_FALSE(recovery.hear(BranchId{2}, has({})));
  SealReply later = has({});
  later.highest = Incarnation{4};
  EXPECT_FALSE(recovery.hear(BranchId{3}, later));
  EXPECT_FALSE(recovery.hear(BranchId{3}, later)) << "it has answered";
  EXPECT_TRUE(recovery.hear(BranchId{4}, has({})));
  ASSERT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_EQ(recovery.questions()[0].request.next, Incarnation{5});
  EXPECT_EQ(recovery.questions()[0].request.recovery, 99U);
}

TEST_F(Recovering, TheEndIsTheFurthestThatAnyHasAndItsHolderVouchesForTheRest) {
  RecoveryCoordinator recovery(order());
  promise(recovery, {place(3, 33), place(8, 88), place(5, 55)});
  ASSERT_THAT(recovery.questions(), SizeIs(1));
  EXPECT_EQ(recovery.questions()[0].to, BranchId{3});
  EXPECT_THAT(recovery.questions()[0].request.compare, ElementsAre(place(3, 33), place(5, 55)));
  answer_all(recovery, has({}));
  ASSERT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_EQ(recovery.questions()[0].request.ends, (LogEnds{{place(8, 88)}, {}}));
  SealReply agreed = has({});
  agreed.applied = {{{BranchId{2}}, Sequence{17}}};
  answer_all(recovery, agreed);
  EXPECT_THAT(recovery.questions(), IsEmpty());
  EXPECT_EQ(recovery.failure(), "");
  EXPECT_EQ(recovery.seal(), (Seal{BranchId{1}, Incarnation{2}, {{place(8, 88)}, {}}, true, 99}));
  EXPECT_EQ(recovery.recovery().goal,
            (VersionVector{{kOld, Sequence{8}}, {{BranchId{2}}, Sequence{17}}}));
}

TEST_F(Recovering, NobodyIsAskedToCompareWhatIsTheSame) {
  RecoveryCoordinator recovery(order());
  promise(recovery, {place(8, 88), place(8, 88), place(8, 88)});
  EXPECT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_TRUE(recovery.questions()[0].request.ends.has_value());
}

TEST_F(Recovering, OfTwoHistoriesNoneIsChosenUnasked) {
  RecoveryCoordinator shorter(order());
  promise(shorter, {place(3, 33), place(8, 88), place(5, 55)});
  SealReply other = has({});
  other.other = {place(5, 55)};
  answer_all(shorter, other);
  EXPECT_THAT(shorter.questions(), IsEmpty());
  EXPECT_THAT(shorter.failure(), HasSubstr("FORK"));
  EXPECT_THAT(shorter.failure(),
              HasSubstr("branch 4 has 5 entries, the last with digest " + to_string(Tag{55})));
  EXPECT_THAT(shorter.failure(), HasSubstr("--keep"));
  EXPECT_THAT(shorter.histories(), ElementsAre(place(3, 33), place(8, 88), place(5, 55)));

  RecoveryCoordinator equal(order());
  promise(equal, {place(8, 33), place(8, 88), place(8, 88)});
  EXPECT_THAT(equal.failure(), HasSubstr("FORK"));
}

TEST_F(Recovering, TheHistoryThatIsNamedIsKeptAndWhoHasAnotherIsToldSo) {
  RecoveryOrder keep = order();
  keep.keep = Tag{55};
  RecoveryCoordinator recovery(keep);
  promise(recovery, {place(3, 33), place(8, 88), place(5, 55)});
  ASSERT_THAT(recovery.questions(), SizeIs(1));
  EXPECT_EQ(recovery.questions()[0].to, BranchId{4});
  EXPECT_THAT(recovery.questions()[0].request.compare, ElementsAre(place(3, 33)));
  answer_all(recovery, has({}));
  ASSERT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_EQ(recovery.questions()[0].request.ends, (LogEnds{{place(5, 55)}, {place(8, 88)}}));
  SealReply wrong = has({});
  wrong.applied = {{{BranchId{3}}, Sequence{70}}};
  recovery.hear(BranchId{3}, wrong);
  recovery.hear(BranchId{2}, has({}));
  recovery.hear(BranchId{4}, has({}));
  EXPECT_EQ(recovery.failure(), "");
  EXPECT_THAT(recovery.in_the_wrong(), ElementsAre(BranchId{3}));
  EXPECT_EQ(recovery.recovery().goal, (VersionVector{{kOld, Sequence{5}}}))
      << "what rests on the other history is not waited for";
}

TEST_F(Recovering, ADigestThatNobodyHasIsNotKept) {
  RecoveryOrder keep = order();
  keep.keep = Tag{77};
  RecoveryCoordinator recovery(keep);
  promise(recovery, {place(3, 33), place(8, 88), place(5, 55)});
  EXPECT_THAT(recovery.failure(), HasSubstr("ends with digest " + to_string(Tag{77})));
  EXPECT_THAT(recovery.histories(), IsEmpty());
}

TEST_F(Recovering, ARefusalEndsItAndNamesTheBranch) {
  RecoveryCoordinator recovery(order());
  SealReply refused = has({});
  refused.refused = "another recovery has begun";
  EXPECT_TRUE(recovery.hear(BranchId{3}, refused));
  EXPECT_EQ(recovery.failure(), "branch 3: another recovery has begun");
  EXPECT_FALSE(recovery.hear(BranchId{2}, has({})));
  EXPECT_THAT(recovery.questions(), IsEmpty());
}

TEST_F(Recovering, ABankWithoutOthersHasNothingToAgreeOn) {
  RecoveryOrder alone = order();
  alone.others = {};
  const RecoveryCoordinator recovery(alone);
  EXPECT_THAT(recovery.questions(), IsEmpty());
  EXPECT_EQ(recovery.failure(), "");
  EXPECT_EQ(recovery.seal().next, Incarnation{2});
}

/// A process of branch 1, in memory, that wants to be its next incarnation.
class Rejoining : public Recovering {
 protected:
  static RecoveryCoordinator begin() {
    RecoveryOrder out = order();
    out.process = 5;
    return RecoveryCoordinator(out);
  }
};

TEST_F(Rejoining, AProcessOfWhichNobodyHasHeardNeedsNothing) {
  RecoveryCoordinator recovery = begin();
  SealReply connected = has({});
  connected.process = 5;
  answer_all(recovery, connected);
  EXPECT_THAT(recovery.questions(), IsEmpty());
  EXPECT_EQ(recovery.failure(), "");
  EXPECT_FALSE(recovery.needed());
}

TEST_F(Rejoining, AnEntryOrAnIncarnationIsEnoughToHaveBeenThere) {
  RecoveryCoordinator entry = begin();
  entry.hear(BranchId{2}, has({}));
  entry.hear(BranchId{3}, has({place(1, 11)}));
  entry.hear(BranchId{4}, has({}));
  EXPECT_TRUE(entry.needed());
  ASSERT_THAT(entry.questions(), SizeIs(3));
  EXPECT_EQ(entry.questions()[0].request.next, Incarnation{2});
  RecoveryCoordinator incarnation = begin();
  SealReply later = has({});
  later.highest = Incarnation{2};
  answer_all(incarnation, later);
  EXPECT_TRUE(incarnation.needed());
  ASSERT_THAT(incarnation.questions(), SizeIs(3));
  EXPECT_EQ(incarnation.questions()[0].request.next, Incarnation{3});
}

TEST_F(Rejoining, NobodyIsAskedToPromiseWhileAnotherProcessLives) {
  RecoveryCoordinator recovery = begin();
  SealReply connected = has({place(1, 11)});
  connected.process = 0xab;
  EXPECT_FALSE(recovery.hear(BranchId{2}, has({})));
  EXPECT_TRUE(recovery.hear(BranchId{3}, connected));
  EXPECT_THAT(recovery.questions(), IsEmpty());
  EXPECT_EQ(recovery.failure(),
            "branch 3 is connected to another process of branch 1 (ab): two must not run at once");
  EXPECT_FALSE(recovery.hopeless()) << "it may end";
  EXPECT_FALSE(recovery.hear(BranchId{4}, has({})));
}

TEST_F(Recovering, IsHopelessWhenOnlyAnotherOrderCanHelp) {
  RecoveryCoordinator refused(order());
  SealReply refusal = has({});
  refusal.refused = "this branch is being recovered itself";
  refused.hear(BranchId{2}, refusal);
  EXPECT_FALSE(refused.hopeless());
  RecoveryCoordinator forked(order());
  promise(forked, {place(8, 88), place(8, 89), place(8, 88)});
  EXPECT_TRUE(forked.hopeless());
  RecoveryOrder unknown = order();
  unknown.keep = Tag{7};
  RecoveryCoordinator lacking(unknown);
  promise(lacking, {place(8, 88), place(8, 88), place(8, 88)});
  EXPECT_TRUE(lacking.hopeless());
}

// Whole banks.

class Sealing : public testing::Test {
 protected:
  Answer deposit(TestBank& bank, std::uint32_t branch, std::int64_t amount, AckLevel ack) {
    Request request = who.deposit(branch, amount);
    request.ack = ack;
    return bank.wait(bank.call(branch, request));
  }

  /// What branches 2 and 3 say to a step of a recovery of branch 1.
  static void seal(TestBank& bank, const SealRequest& request) {
    for (const std::uint32_t branch : {2U, 3U}) {
      EXPECT_EQ(std::get<SealReply>(bank.ask(branch, request)).refused, "");
    }
  }

  static SealRequest promise(const TestBank& bank, std::uint32_t next, std::uint64_t recovery = 0) {
    return {.bank = identity(bank.bank()),
            .branch = BranchId{1},
            .next = Incarnation{next},
            .compare = {},
            .ends = {},
            .recovery = recovery};
  }

  static std::vector<std::int64_t> balances(TestBank& bank) {
    std::vector<std::int64_t> out;
    for (const BranchId branch : bank.bank().branches) {
      out.push_back(bank.balance(branch.value).minor);
    }
    return out;
  }

  TestCustomer who{1};
};

TEST_F(Sealing, TheOldIncarnationIsNotHeardAgain) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.isolate(1);
  deposit(bank, 1, 1000, AckLevel::local);
  // It lives on behind the partition, while it is thought to be lost.
  EXPECT_EQ(bank.agree(1).failure(), "");
  bank.heal();
  bank.run_for(seconds(3));
  ASSERT_TRUE(bank.stopped(1).has_value());
  EXPECT_THAT(*bank.stopped(1), HasSubstr("is over"));
  EXPECT_THAT(balances(bank), ElementsAre(1330, 330, 330));
  bank.crash(1);
  bank.restart(1);
  const CallId call = bank.call(1, who.query(1));
  EXPECT_TRUE(bank.stopped(1).has_value()) << "it knows by now without being told";
  EXPECT_EQ(bank.answer(call), nullptr);
}

TEST_F(Sealing, ABranchWhoseRecoveryHasBegunStopsWhenItHearsOfIt) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.crash(1);
  seal(bank, promise(bank, 2));
  bank.restart(1);
  bank.run_for(seconds(1));
  ASSERT_TRUE(bank.stopped(1).has_value());
  EXPECT_THAT(*bank.stopped(1), HasSubstr("must be brought to its end"));
  bank.crash(1);
  bank.recover(1);
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(330, 330, 330));
}

TEST_F(Sealing, TheProcessOfABranchIsNamedWhileItIsConnected) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  SealRequest find = promise(bank, 2);
  find.next.reset();
  const auto process = [&] { return std::get<SealReply>(bank.ask(2, find)).process; };
  EXPECT_EQ(process(), bank.at(1).state().process().nonce);
  EXPECT_NE(process(), 0U);
  bank.crash(1);
  bank.run_for(seconds(4));
  EXPECT_EQ(process(), 0U);
}

TEST_F(Sealing, ASealedBranchRefusesAnOlderRecovery) {
  TestBank bank({.opening = 300});
  seal(bank, promise(bank, 3));
  EXPECT_THAT(std::get<SealReply>(bank.ask(2, promise(bank, 2))).refused,
              HasSubstr("another recovery of branch 1 has begun"));
  SealRequest foreign = promise(bank, 3);
  foreign.bank = BankId{5};
  EXPECT_THAT(std::get<SealReply>(bank.ask(2, foreign)).refused, HasSubstr("another bank"));
}

TEST_F(Sealing, AnIncarnationIsPromisedToOneRecoveryOnly) {
  TestBank bank({.opening = 300});
  seal(bank, promise(bank, 2, 7));
  seal(bank, promise(bank, 2, 7));  // it may ask again
  EXPECT_THAT(std::get<SealReply>(bank.ask(2, promise(bank, 2, 8))).refused,
              HasSubstr("promised to another recovery"));
  EXPECT_EQ(std::get<SealReply>(bank.ask(2, promise(bank, 3, 8))).refused, "");
}

/// Branch 1 has confirmed one deposit of its own with branch 2, and another with branch 3, in two
/// lives that knew nothing of each other.
class TwoHistories : public Sealing {
 protected:
  void SetUp() override {
    bank.isolate(3);
    deposit(bank, 1, 5, AckLevel::majority);
    bank.crash(1);
    bank.heal();
    bank.isolate(2);
    bank.restart(1, 0);
    bank.run_for(seconds(5));
    deposit(bank, 1, 7, AckLevel::majority);
    bank.crash(1);
    bank.heal();
    bank.run_for(seconds(2));
  }

  TaggedPosition end_at(std::uint32_t branch) {
    const Head head = bank.at(branch).state().logs().head(kOld);
    return {{kOld, head.end}, tag_of(head.digest)};
  }

  std::vector<std::int64_t> balances_of_others() {
    return {bank.balance(2).minor, bank.balance(3).minor};
  }

  TestBank bank{{.opening = 300}};
};

TEST_F(TwoHistories, AreNamedAndARecoveryDoesNotChoose) {
  EXPECT_THAT(balances_of_others(), ElementsAre(305, 307));
  EXPECT_THAT(bank.status(2).forks, ElementsAre(HasSubstr(to_string(end_at(3).tag))));
  EXPECT_THAT(bank.agree(1).histories(), ElementsAre(end_at(2), end_at(3)));
}

TEST_F(TwoHistories, EndWhereTheOneThatIsKeptEndsAndWhoHasTheOtherIsRecovered) {
  const TaggedPosition kept = end_at(3);
  const RecoveryCoordinator agreed = bank.agree(1, {}, kept.tag);
  ASSERT_EQ(agreed.failure(), "");
  EXPECT_THAT(agreed.in_the_wrong(), ElementsAre(BranchId{2}));
  bank.run_for(seconds(1));
  ASSERT_TRUE(bank.stopped(2).has_value());
  EXPECT_THAT(*bank.stopped(2), HasSubstr("passbook recover"));
  EXPECT_THAT(bank.status(3).forks, IsEmpty());
  bank.begin_anew(agreed);
  bank.crash(2);
  bank.restart(2);
  bank.run_for(seconds(1));
  ASSERT_TRUE(bank.stopped(2).has_value()) << "it has not forgotten";
  bank.crash(2);
  bank.recover(2);
  bank.run_for(seconds(5));
  EXPECT_THAT(balances(bank), ElementsAre(307, 307, 307));
  EXPECT_EQ(deposit(bank, 1, 10, AckLevel::all).outcome, Outcome::ok);
  EXPECT_THAT(balances(bank), ElementsAre(317, 317, 317));
}

TEST_F(TwoHistories, WhoWasNotAskedStopsAndIsRecovered) {
  const TaggedPosition kept = end_at(3);
  bank.crash(2);
  const RecoveryCoordinator agreed = bank.agree(1, {2});
  ASSERT_EQ(agreed.failure(), "");
  EXPECT_THAT(agreed.seal().ends.kept, ElementsAre(kept));
  bank.begin_anew(agreed);
  bank.run_for(seconds(1));
  bank.restart(2);
  bank.run_for(seconds(3));
  ASSERT_TRUE(bank.stopped(2).has_value()) << "both others say how the log ends";
  EXPECT_THAT(*bank.stopped(2), HasSubstr("history of its log that was given up"));
  bank.crash(2);
  bank.recover(2);
  bank.run_for(seconds(5));
  EXPECT_THAT(balances(bank), ElementsAre(307, 307, 307));
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_THAT(bank.status(branch).forks, IsEmpty());
  }
}

}  // namespace
}  // namespace passbook
