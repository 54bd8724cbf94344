// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "effort";

/// A deposit that all three branches have, so it was sent to two, and the end of all faults.
Story deposited() {
  Story story(3, whole(300));
  story.spread(story.write(story.asks(1, 1, Kind::deposit, whole(1))));
  story.add(FaultsOver{});
  return story;
}

TEST(Effort, MayBeTwiceWhatIsNeededAndALittleForEachStream) {
  Story story = deposited();
  story.add(Worked{.entries = 4});
  EXPECT_THAT(found(story, kName), IsEmpty());
  story = deposited();
  const std::size_t worked = story.add(Worked{.entries = 5});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(worked));
  EXPECT_EQ(said(story, kName), "5 entries are sent, of which 2 are needed, over 0 streams");
  story = deposited();
  story.add(Worked{.entries = 14, .streams = 1});
  EXPECT_THAT(found(story, kName), IsEmpty());
  story = deposited();
  story.add(Worked{.entries = 15, .streams = 1});
  EXPECT_EQ(found(story, kName).size(), 1U);
}

TEST(Effort, MayBeMoreWhereStreamsThatCarryMuchBreak) {
  Story story(3, whole(300));
  for (int i = 0; i < 12; ++i) {
    story.spread(story.write(story.asks(1, 1, Kind::deposit, whole(1))));
  }
  Story more = story;
  story.add(Worked{.entries = 2 * 24 + 10 + 4, .streams = 1});
  EXPECT_THAT(found(story, kName), IsEmpty()) << "24 are needed on 6 ways, 4 on each";
  more.add(Worked{.entries = 2 * 24 + 10 + 5, .streams = 1});
  EXPECT_EQ(found(more, kName).size(), 1U);
}

TEST(Effort, MayBeMoreWhereThatIsAllowed) {
  Story story = deposited();
  story.add(Worked{.entries = 8});
  EXPECT_THAT(found(story, kName, {.sent_per_needed = 4}), IsEmpty());
  EXPECT_EQ(found(story, kName, {.sent_per_needed = 3}).size(), 1U);
}

TEST(Effort, MayBringALostBranchEverythingFromEveryone) {
  for (const std::uint64_t sent : {6U, 7U}) {
    Story story = deposited();
    story.lose_disk(2);
    story.start(2, 2, 0);
    story.add(Worked{.entries = sent});
    EXPECT_EQ(found(story, kName).size(), sent - 6);
  }
}

TEST(Effort, DialsOthersLessAndLessOften) {
  Story story = deposited();
  Story more = story;
  story.add(Worked{.dials = 9 + 8 * 9, .streams = 0});
  EXPECT_THAT(found(story, kName), IsEmpty()) << "three branches, in the first second";
  more.add(Worked{.dials = 9 + 8 * 9 + 1, .streams = 0});
  EXPECT_EQ(found(more, kName).size(), 1U);
}

TEST(Effort, IsNotToLookAgainAndAgain) {
  Story story = deposited();
  Story more = story;
  story.add(Worked{.idle_steps = 300});
  EXPECT_THAT(found(story, kName), IsEmpty());
  more.add(Worked{.idle_steps = 301});
  EXPECT_EQ(found(more, kName).size(), 1U);
}

TEST(Effort, MayDialSoonWhereStreamsEndOrBranchesBegin) {
  Story story = deposited();
  story.start(2, 1, 1);
  Story more = story;
  story.add(Worked{.dials = 9 + 8 * (9 + 3 + 2), .streams = 2});
  EXPECT_THAT(found(story, kName), IsEmpty());
  more.add(Worked{.dials = 9 + 8 * (9 + 3 + 2) + 1, .streams = 2});
  EXPECT_EQ(found(more, kName).size(), 1U);
}

TEST(Effort, IsCountedOnceInTheEnd) {
  Story story = deposited();
  story.add(Worked{.entries = 5});
  story.spread(story.write(story.asks(1, 1, Kind::deposit, whole(1))));
  story.add(Worked{.entries = 6});
  EXPECT_THAT(found(story, kName), IsEmpty()) << "what is on its way has been sent";
}

/// The violations found if this much is done in a second in which nothing happens.
std::vector<Violation> in_a_quiet_second(const Worked& done) {
  Story story = deposited();
  story.add(Worked{.entries = 2, .open = 3});
  story.wait(milliseconds(999));
  Worked after = done;
  after.entries += 2;
  after.open = 3;
  story.add(after);
  return found(story, kName);
}

std::string said_of(const std::vector<Violation>& violations) {
  return violations.empty() ? "nothing" : violations.front().what;
}

TEST(Effort, IsToSayThatOneLivesWhereNothingHappens) {
  EXPECT_THAT(in_a_quiet_second({.messages = 18, .dials = 3}), IsEmpty());
  EXPECT_EQ(said_of(in_a_quiet_second({.messages = 19})),
            "19 messages are sent in 1 s in which nothing happens, at 3 branches with 3 streams");
  EXPECT_THAT(said_of(in_a_quiet_second({.entries = 1})), HasSubstr("1 entries are sent"));
  EXPECT_THAT(said_of(in_a_quiet_second({.dials = 4})), HasSubstr("4 streams are dialed"));
}

TEST(Effort, IsNotToRememberWhatIsOver) {
  EXPECT_EQ(said_of(in_a_quiet_second({.unfinished = 2})),
            "2 requests, claims and blocks are still in memory after 1 s in which nothing happens");
  Story story = deposited();
  story.add(Worked{});
  story.invoke(story.asks(1, 1, Kind::query));
  story.add(Worked{.unfinished = 1});
  EXPECT_THAT(found(story, kName), IsEmpty()) << "the query may be in work";
}

TEST(Effort, IsNoStepThatDoesNothingButAFew) {
  EXPECT_THAT(in_a_quiet_second({.steps = 1'000, .idle_steps = 30}), IsEmpty());
  EXPECT_THAT(said_of(in_a_quiet_second({.steps = 1'000, .idle_steps = 31})),
              HasSubstr("31 steps do nothing"));
}

TEST(Effort, MayBeMoreWhereSomethingHappens) {
  Story story = deposited();
  story.add(Worked{});
  story.invoke(story.asks(1, 1, Kind::query));
  story.add(Worked{.idle_steps = 300, .messages = 1'000, .dials = 50});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Effort, TakesNobodyForDeadAfterTheTrouble) {
  Story story(3, whole(300));
  story.add(Worked{});
  story.add(FaultsOver{});
  story.add(Worked{.ended_silence = 2});
  EXPECT_THAT(found(story, kName), IsEmpty());
  story.invoke(story.asks(1, 1, Kind::query));
  const std::size_t worked = story.add(Worked{.ended_silence = 3});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(worked));
  EXPECT_THAT(said(story, kName), HasSubstr("1 streams are ended since nothing was heard on them"));
}

}  // namespace
}  // namespace passbook::history
