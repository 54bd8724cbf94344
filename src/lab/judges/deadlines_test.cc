// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kName = "deadlines";
constexpr auto kLong = std::chrono::seconds(11);

TEST(Deadlines, HoldWhereEveryoneIsAnsweredInTime) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.perform(story.asks(1, 2, Kind::query));
  story.wait(kLong);
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Deadlines, FindACallThatIsAnsweredTooLate) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::query);
  story.invoke(call);
  story.wait(kLong);
  const std::size_t late = story.answer(call, Result::unanswered);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(late));
  EXPECT_THAT(found(story, kName, {.lateness = std::chrono::seconds(2)}), IsEmpty());
}

TEST(Deadlines, FindACallThatIsNeverAnswered) {
  Story story;
  story.invoke(story.asks(1, 1, Kind::query));
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());  // it may still be answered
  story.wait(kLong);
  const std::size_t end = story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(end));
}

TEST(Deadlines, LetACallHaveNone) {
  Story story;
  Invoked call = story.asks(1, 1, Kind::query);
  call.deadline = kNever;
  story.invoke(call);
  story.arrive(call);
  story.wait(kLong);
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Deadlines, FindARequestThatABranchDoesNotReplyTo) {
  Story story;
  story.arrive(story.asks(1, 1, Kind::query));
  story.wait(kLong);
  const std::size_t end = story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(end));
}

TEST(Deadlines, FindAReplyThatIsTooLate) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::query);
  story.arrive(call);
  story.wait(kLong);
  const std::size_t late = story.reply(call, Result::unavailable);
  story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(late));
}

TEST(Deadlines, FindOneOfTwoCallsThatGetsNoReply) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::deposit, whole(1));
  story.arrive(call);
  story.arrive(call);
  story.reply(call, Result::unavailable);
  story.wait(kLong);
  const std::size_t end = story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(end));
}

TEST(Deadlines, LetACallJoinOneFromBeforeAPauseButNotFromBeforeACrash) {
  for (const bool crashes : {false, true}) {
    Story story;
    Invoked call = story.asks(1, 1, Kind::deposit, whole(1));
    call.deadline += kLong;
    story.arrive(call);
    if (crashes) {
      story.add(Crashed{BranchId{1}});
      story.add(Started{BranchId{1}, Incarnation{1}, 0});
    } else {
      story.add(Paused{BranchId{1}});
      story.add(Resumed{BranchId{1}});
    }
    call.deadline -= kLong;
    story.arrive(call);
    story.wait(kLong);
    const std::size_t late = story.reply(call, Result::unavailable);
    story.add(Ended{});
    if (crashes) {
      EXPECT_THAT(shown_at(story, kName), ElementsAre(late));
    } else {
      EXPECT_THAT(found(story, kName), IsEmpty());
    }
  }
}

TEST(Deadlines, LetACallThatAnotherJoinsWaitAsLong) {
  Story story;
  Invoked call = story.asks(1, 1, Kind::deposit, whole(1));
  story.arrive(call);
  call.deadline += std::chrono::seconds(5);
  story.arrive(call);
  story.wait(kLong);
  story.reply(call, Result::unavailable);
  story.reply(call, Result::unavailable);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Deadlines, AskNothingOfAProcessThatDidNotLiveOn) {
  const BranchId branch{1};
  for (const What& what : {What{Crashed{branch}}, What{Stopped{branch, "disk"}},
                           What{Paused{branch}}, What{Started{branch, Incarnation{1}, 0}}}) {
    Story story;
    story.arrive(story.asks(1, 1, Kind::query));
    story.add(what);
    story.wait(kLong);
    story.add(Ended{});
    EXPECT_THAT(found(story, kName), IsEmpty());
  }
}

TEST(Deadlines, AskNothingOfAProcessThatWasKilledNobodyKnowsWhen) {
  Story story;
  story.arrive(story.asks(1, 1, Kind::query));
  story.wait(kLong);
  story.start(1);
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Deadlines, FindOutWhenAProcessLivedOnPastADeadlineAndThenCrashed) {
  Story story;
  story.arrive(story.asks(1, 1, Kind::query));
  story.wait(kLong);
  const std::size_t crash = story.crash(1);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(crash));
}

}  // namespace
}  // namespace passbook::history
