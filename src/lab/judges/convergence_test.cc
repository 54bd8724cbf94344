// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "convergence";

TEST(Convergence, HoldsWhereAllHaveTheSameInTime) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.add(FaultsOver{});
  story.spread(entry);
  story.audit_all();
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Convergence, FindsABranchThatLacksAnEntryInTheEnd) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, entry);
  story.add(FaultsOver{});
  const std::size_t end = story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(end));
  EXPECT_THAT(said(story, kName), HasSubstr("branch 3 does not have entry 1"));
}

TEST(Convergence, HoldsWhereNoHistorySaysWhichOfTwoThatAreAlikeABranchHas) {
  constexpr BranchId kTwin{1'000'001};
  Story story;
  story.add(Twin{kTwin, BranchId{1}, std::nullopt});
  story.add(Started{kTwin, Incarnation{1}, 0});
  const auto has = [&](BranchId by) {
    story.add(Applied{.branch = by,
                      .entry = {{BranchId{1}, Incarnation{1}}, Sequence{1}},
                      .request = {},
                      .legs = {MoneyLeg{kAccount, whole(1)}},
                      .balance = whole(1)});
  };
  has(kTwin);
  has(BranchId{1});
  story.add(DiskLost{kTwin});
  story.add(Started{kTwin, Incarnation{1}, 0});
  has(kTwin);
  has(BranchId{2});
  has(BranchId{3});
  story.add(DiskLost{kTwin});
  story.add(Crashed{kTwin});
  story.add(FaultsOver{});
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Convergence, FindsAnEntryThatComesTooLate) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, entry);
  story.add(FaultsOver{});
  story.wait(std::chrono::seconds(31));
  const std::size_t late = story.apply(3, entry);
  story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(late));
  EXPECT_THAT(found(story, kName, {.convergence = std::chrono::seconds(40)}), IsEmpty());
}

TEST(Convergence, GivesLaterEntriesTheirTime) {
  Story story;
  story.add(FaultsOver{});
  story.wait(std::chrono::seconds(31));
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, entry);
  story.audit_all();
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Convergence, FindsALaterEntryThatComesTooLate) {
  Story story;
  story.add(FaultsOver{});
  story.wait(std::chrono::seconds(31));
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, entry);
  story.wait(std::chrono::seconds(31));
  const std::size_t late = story.apply(3, entry);
  story.audit_all();
  EXPECT_THAT(shown_at(story, kName), ElementsAre(late));
}

TEST(Convergence, AsksNothingOfTheDeadUnlessAllAre) {
  Story story(2);
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.crash(2);
  story.add(FaultsOver{});
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
  story.crash(1);
  const std::size_t end = story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(end));
}

TEST(Convergence, FindsAuditsThatDiffer) {
  Story story;
  story.add(FaultsOver{});
  story.audit(1);
  const std::size_t wrong = story.add(Audited{BranchId{2}, kAccount, whole(1), {}});
  story.audit(3);
  story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Convergence, SaysNothingBeforeTheFaultsAreOver) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
