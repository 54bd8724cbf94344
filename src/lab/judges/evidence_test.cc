// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "evidence";

TEST(Evidence, IsThatWhatIsRepliedToHasArrived) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::query);
  story.invoke(call);
  story.arrive(call);
  story.reply(call, Result::ok, whole(0));
  story.reply(call, Result::ok, whole(0));  // a call that joined it
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Evidence, IsMissingWhereNothingIsSaidToArrive) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::query);
  story.invoke(call);
  const std::size_t shows = story.reply(call, Result::ok, whole(0));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(shows));
  EXPECT_THAT(said(story, kName), HasSubstr("branch 1 replies to request 1"));
}

TEST(Evidence, IsTheReasonOfABranchThatStops) {
  Story story;
  story.add(Stopped{BranchId{2}, "its disk is full"});
  EXPECT_THAT(found(story, kName), IsEmpty());
  const std::size_t shows = story.add(Stopped{BranchId{1}, ""});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(shows));
  EXPECT_EQ(said(story, kName), "branch 1 stops without saying why");
}

TEST(Evidence, OfAnotherProcessOfTheBranchIsNone) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::query);
  story.invoke(call);
  story.arrive(call);
  story.start(1);
  story.reply(call, Result::ok, whole(0));
  EXPECT_EQ(found(story, kName).size(), 1U);
}

}  // namespace
}  // namespace passbook::history
