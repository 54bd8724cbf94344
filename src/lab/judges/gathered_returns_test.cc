// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "gathered-returns";

/// A bank with 100 at each of three branches, that has been calm for long enough.
Story calm() {
  Story story(3, whole(300));
  story.add(Calm{{{BranchId{1}, BranchId{2}, BranchId{3}}}});
  story.wait(Bounds{}.settling);
  return story;
}

/// A withdrawal at branch 1 that is refused, though branch 2 gave it all its rights.
void refuse_after_a_grant(Story& story) {
  const Invoked asked = story.asks(1, 1, Kind::withdraw, whole(500));
  story.invoke(asked);
  story.arrive(asked);
  story.spread(story.grant(2, 1, whole(100)));
  story.finish(asked, Result::insufficient_funds);
}

void end(Story& story) {
  story.wait(Bounds{}.time_enough);
  story.add(Ended{});
}

TEST(GatheredReturns, WhatIsKeptIsFound) {
  Story story = calm();
  refuse_after_a_grant(story);
  end(story);
  EXPECT_THAT(said(story, kName), HasSubstr("branch 1 was given rights to 100 of account 1"));
}

TEST(GatheredReturns, WhatCameBackIsNot) {
  Story story = calm();
  refuse_after_a_grant(story);
  story.spread(story.grant(1, 2, whole(100)));
  end(story);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(GatheredReturns, APartThatIsKeptIsFound) {
  Story story = calm();
  refuse_after_a_grant(story);
  story.spread(story.grant(1, 2, whole(99)));
  story.wait(Bounds{}.time_enough);
  story.crash(3);
  EXPECT_THAT(said(story, kName), HasSubstr("rights to 1 of account 1"));
}

TEST(GatheredReturns, ItMayTakeAMoment) {
  Story story = calm();
  refuse_after_a_grant(story);
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(GatheredReturns, NothingIsAskedOfWhoHasJustSpent) {
  for (const bool just : {true, false}) {
    Story story = calm();
    story.spread(story.write(story.asks(2, 1, Kind::withdraw, whole(1))));
    story.wait(just ? Duration{} : Bounds{}.time_enough);
    refuse_after_a_grant(story);
    end(story);
    EXPECT_EQ(found(story, kName).empty(), just);
  }
}

TEST(GatheredReturns, WhatIsSpentLaterIsNotKept) {
  Story story = calm();
  refuse_after_a_grant(story);
  story.spread(story.write(story.asks(2, 1, Kind::withdraw, whole(1))));
  end(story);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(GatheredReturns, NothingIsAskedBeforeAllIsOver) {
  Story story = calm();
  const Invoked other = story.asks(2, 1, Kind::withdraw, whole(400));
  story.invoke(other);
  refuse_after_a_grant(story);
  end(story);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(GatheredReturns, NothingIsAskedOfABankInPartsOrInTrouble) {
  for (const bool in_parts : {true, false}) {
    Story story(3, whole(300));
    in_parts ? story.add(Calm{{{BranchId{1}, BranchId{2}}, {BranchId{3}}}})
             : story.add(Calm{{{BranchId{1}, BranchId{2}, BranchId{3}}}});
    story.wait(Bounds{}.settling);
    if (!in_parts) {
      story.crash(3);
    }
    refuse_after_a_grant(story);
    end(story);
    EXPECT_THAT(found(story, kName), IsEmpty());
  }
}

}  // namespace
}  // namespace passbook::history
