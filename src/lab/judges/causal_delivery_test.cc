// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kName = "causal-delivery";

TEST(CausalDelivery, HoldsWhereLogsAreAppliedInOrder) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.apply(1, grant);
  const EntryId spent = story.write(story.asks(1, 1, Kind::withdraw, whole(200)));
  const EntryId next = story.write(story.asks(1, 1, Kind::deposit, whole(1)));
  for (const EntryId& entry : {grant, spent, next}) {
    story.apply(3, entry);
  }
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(CausalDelivery, FindsGapsAndRepeats) {
  Story story;
  const EntryId first = story.write(story.asks(1, 1, Kind::deposit, whole(1)));
  const EntryId second = story.write(story.asks(1, 1, Kind::deposit, whole(2)));
  const std::size_t gap = story.apply(2, second);
  const std::size_t back = story.apply(2, first);
  story.apply(3, first);
  const std::size_t repeat = story.apply(3, first);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(gap, back, repeat));
  EXPECT_EQ(said(story, kName), "branch 3 applies entry 1 of branch 1 again");
}

TEST(CausalDelivery, FindsAnEntryWithoutTheGrantThatItsBranchHad) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.apply(1, grant);
  const EntryId spent = story.write(story.asks(1, 1, Kind::withdraw, whole(200)));
  const std::size_t early = story.apply(3, spent);
  story.apply(3, grant);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(early));
}

TEST(CausalDelivery, LetsGrantsToOthersBeMissing) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 3, whole(100));
  story.apply(1, grant);
  const EntryId write = story.write(story.asks(1, 1, Kind::withdraw, whole(20)));
  story.apply(3, write);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(CausalDelivery, LetsGrantsToAnEarlierLifeBeMissing) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.start(1, 2, 0);
  story.apply(1, grant);
  story.apply(3, story.write(story.asks(1, 1, Kind::deposit, whole(20))));
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(CausalDelivery, ForgetsAGrantThatWasGoneWhenAnEntryWasMadeAgain) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.apply(1, grant);
  const Invoked call = story.asks(1, 1, Kind::withdraw, whole(20));
  story.invoke(call);
  story.accept(call);
  story.crash(1);
  story.start(1, 1, 0);
  story.apply(3, story.write(call));
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(CausalDelivery, ForgetsAGrantThatTheBranchForgot) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.apply(1, grant);
  story.crash(1);
  story.start(1, 1, 0);
  const EntryId write = story.write(story.asks(1, 1, Kind::withdraw, whole(20)));
  story.apply(3, write);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(CausalDelivery, StillWantsAGrantWhenTheEntryAfterItWasForgotten) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.apply(1, grant);
  const Invoked forgotten = story.asks(1, 1, Kind::withdraw, whole(20));
  story.invoke(forgotten);
  story.accept(forgotten);
  story.crash(1);
  story.start(1, 1, 1);
  const EntryId write = story.write(story.asks(1, 1, Kind::withdraw, whole(30)));
  const std::size_t early = story.apply(3, write);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(early));
}

TEST(CausalDelivery, LetsAProcessApplyAgainWhatItForgot) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(1)));
  story.apply(2, entry);
  story.crash(2);
  story.start(2, 1, 0);
  story.apply(2, entry);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
