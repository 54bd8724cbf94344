// SPDX-License-Identifier: Apache-2.0
// The agreement of branches on the log of one that lost its disk.
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

/// Branch 1 is lost; the test plays branches 2, 3 and 4.
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

  /// Runs the first two rounds. The arguments are the branches' positions in the lost log.
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

TEST_F(Recovering, OnlyTheFirstAnswerOfWhoWasAskedCounts) {
  RecoveryCoordinator recovery(order());
  SealReply later = has({});
  later.highest = Incarnation{8};
  EXPECT_FALSE(recovery.hear(BranchId{5}, later)) << "nobody asked it";
  recovery.hear(BranchId{2}, has({}));
  EXPECT_FALSE(recovery.hear(BranchId{2}, later)) << "it has answered";
  recovery.hear(BranchId{3}, has({}));
  recovery.hear(BranchId{4}, has({}));
  ASSERT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_EQ(recovery.questions()[0].request.next, Incarnation{2});
}

TEST_F(Recovering, EveryQuestionSaysWhatItIsAboutAndAfterTheFirstWhatIsNext) {
  RecoveryCoordinator recovery(order());
  const auto expect_questions = [&](std::size_t many, std::optional<Incarnation> next) {
    ASSERT_THAT(recovery.questions(), SizeIs(many));
    for (const auto& [to, request] : recovery.questions()) {
      EXPECT_EQ(request.bank, BankId{7});
      EXPECT_EQ(request.branch, BranchId{1});
      EXPECT_EQ(request.recovery, 99U);
      EXPECT_EQ(request.next, next);
    }
  };
  expect_questions(3, {});
  answer_all(recovery, has({}));
  expect_questions(3, Incarnation{2});
  recovery.hear(BranchId{2}, has({place(3, 33)}));
  recovery.hear(BranchId{3}, has({place(8, 88)}));
  recovery.hear(BranchId{4}, has({}));
  expect_questions(1, Incarnation{2});
  answer_all(recovery, has({}));
  expect_questions(3, Incarnation{2});
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
  EXPECT_THAT(recovery.diverged(), ElementsAre(BranchId{3}));
  EXPECT_EQ(recovery.recovery().goal, (VersionVector{{kOld, Sequence{5}}}))
      << "what rests on the other history is not waited for";
}

TEST_F(Recovering, TheHistoryThatIsNamedIsKeptThoughLongerOnesAreHeardOfAfterIt) {
  RecoveryOrder keep = order();
  keep.keep = Tag{55};
  RecoveryCoordinator recovery(keep);
  promise(recovery, {place(5, 55), place(8, 88), place(9, 99)});
  EXPECT_EQ(recovery.failure(), "");
  ASSERT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_EQ(recovery.questions()[0].request.ends,
            (LogEnds{{place(5, 55)}, {place(8, 88), place(9, 99)}}));
}

TEST_F(Recovering, WhatIsGivenUpIsNamedOnceAndInOrder) {
  RecoveryOrder keep = order();
  keep.keep = Tag{55};
  keep.others.emplace_back(5U);
  RecoveryCoordinator recovery(keep);
  answer_all(recovery, has({}));
  recovery.hear(BranchId{2}, has({place(9, 99)}));
  recovery.hear(BranchId{3}, has({place(8, 88)}));
  recovery.hear(BranchId{4}, has({place(9, 99)}));
  recovery.hear(BranchId{5}, has({place(5, 55)}));
  ASSERT_THAT(recovery.questions(), SizeIs(4));
  EXPECT_EQ(recovery.questions()[0].request.ends,
            (LogEnds{{place(5, 55)}, {place(8, 88), place(9, 99)}}));
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

/// Branch 1 was lost before, so it has a log of its second incarnation, too. Branch 2 has more of
/// the first log, and branch 3 more of the second.
class RecoveringAgain : public Recovering {
 protected:
  static TaggedPosition second(std::uint64_t sequence, std::uint64_t tag) {
    return {{{BranchId{1}, Incarnation{2}}, Sequence{sequence}}, Tag{tag}};
  }

  static RecoveryCoordinator begin(std::optional<Tag> keep = {}) {
    RecoveryOrder twice = order();
    twice.keep = keep;
    RecoveryCoordinator out(twice);
    answer_all(out, has({}));
    out.hear(BranchId{2}, has({place(8, 88), second(2, 22)}));
    out.hear(BranchId{3}, has({place(5, 55), second(4, 44)}));
    out.hear(BranchId{4}, has({}));
    return out;
  }

  /// Branch 3 has another history of the second log than branch 2.
  static void differ(RecoveryCoordinator& recovery) {
    SealReply other = has({});
    other.other = {second(2, 22)};
    recovery.hear(BranchId{2}, has({}));
    recovery.hear(BranchId{3}, other);
  }
};

TEST_F(RecoveringAgain, EachLogHasItsOwnEndAndIsComparedByItself) {
  RecoveryCoordinator recovery = begin();
  ASSERT_THAT(recovery.questions(), SizeIs(2));
  EXPECT_EQ(recovery.questions()[0].to, BranchId{2});
  EXPECT_THAT(recovery.questions()[0].request.compare, ElementsAre(place(5, 55)));
  EXPECT_EQ(recovery.questions()[1].to, BranchId{3});
  EXPECT_THAT(recovery.questions()[1].request.compare, ElementsAre(second(2, 22)));
  answer_all(recovery, has({}));
  ASSERT_THAT(recovery.questions(), SizeIs(3));
  EXPECT_EQ(recovery.questions()[0].request.ends, (LogEnds{{place(8, 88), second(4, 44)}, {}}));
}

TEST_F(RecoveringAgain, OnlyOfTheLogThatHasSeveralHistoriesTheyAreNamed) {
  RecoveryCoordinator recovery = begin();
  differ(recovery);
  EXPECT_THAT(recovery.failure(), HasSubstr("FORK"));
  EXPECT_THAT(recovery.histories(), ElementsAre(second(2, 22), second(4, 44)));
}

TEST_F(RecoveringAgain, WhoHasOneLogWrongIsInTheWrong) {
  RecoveryCoordinator recovery = begin(Tag{44});
  differ(recovery);
  answer_all(recovery, has({}));
  EXPECT_EQ(recovery.failure(), "");
  EXPECT_THAT(recovery.seal().ends.given_up, ElementsAre(second(2, 22)));
  EXPECT_THAT(recovery.diverged(), ElementsAre(BranchId{2}));
}

/// A process of branch 1 in memory that wants to become its next incarnation.
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

}  // namespace
}  // namespace passbook
