// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/findings.h"
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kName = "one-history";
constexpr BranchId kTwin{1001};

/// A deposit as the first entry of branch 1, applied at a branch.
Applied first_entry(BranchId by, Money amount) {
  return {.branch = by,
          .entry = {{BranchId{1}, Incarnation{1}}, Sequence{1}},
          .request = {},
          .legs = {MoneyLeg{kAccount, amount}},
          .balance = amount};
}

/// Three branches, and a second process of branch 1.
Story with_twin() {
  Story story;
  story.add(Twin{kTwin, BranchId{1}, std::nullopt});
  story.add(Started{kTwin, Incarnation{1}, 0});
  return story;
}

TEST(OneHistory, IsBrokenWhenTwoContentsOfAnEntryAreHadAndNobodySaysSo) {
  Story story = with_twin();
  story.add(first_entry(BranchId{1}, whole(1)));
  story.add(first_entry(kTwin, whole(2)));
  const std::size_t shows = story.add(first_entry(BranchId{3}, whole(2))) - 1;
  EXPECT_THAT(shown_at(story, kName), ElementsAre(shows));
  EXPECT_THAT(found(story, "conservation"), testing::Not(IsEmpty()));
}

TEST(OneHistory, IsNotBrokenByWhatOnlyASecondProcessEverHad) {
  Story story = with_twin();
  story.add(first_entry(BranchId{1}, whole(1)));
  story.add(first_entry(kTwin, whole(2)));
  story.add(first_entry(BranchId{3}, whole(1)));
  EXPECT_THAT(found(story, kName), IsEmpty());
  EXPECT_THAT(found(story, "exactly-once"), IsEmpty());
}

TEST(OneHistory, IsNotBrokenOnceSomeoneSaidThatThereAreTwo) {
  Story story = with_twin();
  story.add(first_entry(BranchId{1}, whole(1)));
  story.add(first_entry(kTwin, whole(2)));
  story.add(first_entry(BranchId{3}, whole(2)));
  story.add(Forked{BranchId{1}, BranchId{1}});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(OneHistory, IsBrokenWhereAnotherLogWasSaidToHaveTwo) {
  Story story = with_twin();
  story.add(first_entry(kTwin, whole(2)));
  story.add(first_entry(BranchId{2}, whole(2)));
  story.add(first_entry(BranchId{1}, whole(1)));
  story.add(Forked{BranchId{2}, BranchId{2}});
  EXPECT_THAT(found(story, kName), testing::SizeIs(1));
}

TEST(OneHistory, IsBrokenByTwoRecoveriesThatMakeOneIncarnation) {
  Story story;
  story.start(1, 2);
  const std::size_t second = story.add(Twin{kTwin, BranchId{1}, Incarnation{2}});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(second));
  EXPECT_EQ(said(story, kName), "two recoveries made branch 1 in incarnation 2, and both live");
}

TEST(Twins, AreOneBranchWhereDisksAreCounted) {
  Story story = with_twin();
  Invoked call = story.asks(1, 1, Kind::deposit, whole(2));
  call.level = Level::majority;
  story.invoke(call);
  for (const BranchId branch : {BranchId{1}, kTwin}) {
    Applied applied = first_entry(branch, whole(2));
    applied.request = call.request;
    story.add(applied);
    story.add(Synced{branch, 1});
  }
  const std::size_t answer = story.answer(call, Result::ok);
  EXPECT_THAT(shown_at(story, "acknowledged-stays"), ElementsAre(answer));
}

TEST(Twins, DoNotConfirmAnotherContentOfTheSameEntry) {
  Story story = with_twin();
  Invoked call = story.asks(1, 1, Kind::deposit, whole(2));
  call.level = Level::majority;
  story.invoke(call);
  Applied applied = first_entry(kTwin, whole(2));
  applied.request = call.request;
  story.add(applied);
  story.add(Synced{kTwin, 1});
  story.add(first_entry(BranchId{2}, whole(1)));
  story.add(Synced{BranchId{2}, 1});
  story.add(Forked{BranchId{1}, BranchId{1}});
  const std::size_t answer = story.answer(call, Result::ok);
  EXPECT_THAT(shown_at(story, "acknowledged-stays"), ElementsAre(answer));
}

TEST(Judges, DoNotAskABankThatSaidItHasTwoHistoriesForWhatNeedsOne) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(5)));
  story.add(FaultsOver{});
  story.wait(std::chrono::minutes(1));
  story.add(Ended{});
  EXPECT_EQ(judge(story.history).front().invariant, "acknowledged-stays");
  EXPECT_TRUE(std::ranges::any_of(
      judge(story.history),
      [](const Violation& violation) { return violation.invariant == "convergence"; }))
      << "branch 2 does not have " << name_of(entry);
  story.add(Forked{BranchId{1}, BranchId{1}});
  EXPECT_THAT(judge(story.history), IsEmpty());
}

TEST(OneHistory, LetsAnOldCopyWriteTheSameAgain) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::deposit, whole(30));
  const EntryId entry = story.write(call);
  story.apply(2, entry);
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 1, 0);
  EXPECT_EQ(story.accept(call), entry);
  EXPECT_THAT(found(story, "one-history"), IsEmpty());
  EXPECT_THAT(found(story, "conservation"), IsEmpty());
}

TEST(OneHistory, FindsABranchThatWroteBeforeItFoundItsDataToBeOld) {
  constexpr auto kWhy = "branch 2 has 5 entries, this branch only 1: its data is old or gone";
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(5)));
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 1, 0);
  const std::size_t stops = story.add(Stopped{BranchId{1}, kWhy});
  EXPECT_THAT(found(story, kName), IsEmpty()) << "it only listened";
  story.start(1, 1, 0);
  story.write(story.asks(1, 1, Kind::deposit, whole(7)));
  const std::size_t late = story.add(Stopped{BranchId{1}, kWhy});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(late)) << stops;
  story.add(Forked{BranchId{2}, BranchId{1}});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
