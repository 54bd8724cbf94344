// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kName = "service-resumes";

/// A bank in which all faults have been over for long enough.
Story healed() {
  Story story(3, whole(300));
  story.add(FaultsOver{});
  story.wait(std::chrono::seconds(31));
  return story;
}

/// Makes a call with this result. Returns the event of its answer.
std::size_t call(Story& story, const Invoked& asked, Result result) {
  story.invoke(asked);
  return story.answer(asked, result);
}

TEST(ServiceResumes, HoldsWhereAllIsDoneOrRefusedForFunds) {
  Story story = healed();
  call(story, story.asks(1, 1, Kind::query), Result::ok);
  call(story, story.asks(1, 1, Kind::withdraw, whole(500)), Result::insufficient_funds);
  call(story, story.asks(1, 1, Kind::deposit, whole(500)), Result::too_old);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(ServiceResumes, FindsCallsThatFail) {
  for (const Result result :
       {Result::unavailable, Result::unconfirmed, Result::unanswered, Result::disk_full}) {
    Story story = healed();
    const std::size_t failed = call(story, story.asks(1, 1, Kind::deposit, whole(1)), result);
    EXPECT_THAT(shown_at(story, kName), ElementsAre(failed));
  }
}

TEST(ServiceResumes, FindsACallThatIsNeverAnswered) {
  Story story = healed();
  story.invoke(story.asks(1, 1, Kind::query));
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
  story.wait(std::chrono::seconds(11));
  const std::size_t end = story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(end));
}

TEST(ServiceResumes, AsksNothingBeforeItsTime) {
  Story story;
  call(story, story.asks(1, 1, Kind::query), Result::unavailable);
  story.add(FaultsOver{});
  story.wait(std::chrono::seconds(29));
  call(story, story.asks(1, 1, Kind::query), Result::unavailable);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(ServiceResumes, AsksNothingOfWhatCannotBeDone) {
  Story story = healed();
  call(story, story.asks(1, 1, Kind::deposit), Result::unavailable);
  Invoked hasty = story.asks(1, 1, Kind::query);
  hasty.deadline = story.now() + std::chrono::milliseconds(900);
  call(story, hasty, Result::unavailable);
  Invoked unknown = story.asks(1, 1, Kind::query);
  unknown.account = AccountId{7};
  call(story, unknown, Result::unavailable);
  Invoked probe = story.asks(1, 1, Kind::deposit, whole(1));
  probe.client = {CustomerId{9}, 0};
  call(story, probe, Result::unavailable);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(ServiceResumes, AsksNothingWhereABranchStaysDead) {
  Story story(3, whole(300));
  story.crash(2);
  story.add(FaultsOver{});
  story.wait(std::chrono::seconds(31));
  call(story, story.asks(1, 1, Kind::deposit, whole(1)), Result::unconfirmed);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(ServiceResumes, LetsWithdrawalsLackFrozenRights) {
  Story story(3, whole(300));
  story.lose_disk(2);
  story.start(2, 2, 0);
  story.add(FaultsOver{});
  story.wait(std::chrono::seconds(31));
  call(story, story.asks(1, 1, Kind::withdraw, whole(250)), Result::unavailable);
  EXPECT_THAT(found(story, kName), IsEmpty());
  const std::size_t failed =
      call(story, story.asks(1, 1, Kind::deposit, whole(1)), Result::unavailable);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(failed));
}

}  // namespace
}  // namespace passbook::history
