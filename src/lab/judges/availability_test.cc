// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "availability";

Calm parts(std::initializer_list<std::vector<std::uint32_t>> parts) {
  Calm out;
  for (const auto& part : parts) {
    auto& branches = out.parts.emplace_back();
    for (const std::uint32_t branch : part) {
      branches.emplace_back(branch);
    }
  }
  return out;
}

/// A bank with 100 at each of three branches, that has been calm for long enough.
Story calm(std::initializer_list<std::vector<std::uint32_t>> in_parts) {
  Story story(3, whole(300));
  story.add(parts(in_parts));
  story.wait(Bounds{}.settling);
  return story;
}

/// A call that does not depend on the past.
Invoked asks(Story& story, std::uint32_t branch, Kind kind, Money amount = {},
             Level level = Level::local) {
  Invoked out = story.asks(1, branch, kind, amount);
  out.wanted = {};
  out.level = level;
  return out;
}

/// Makes a call with this result. Returns the event of its answer.
std::size_t call(Story& story, const Invoked& asked, Result result,
                 std::optional<std::vector<std::uint32_t>> without = {}) {
  story.invoke(asked);
  Answered answer{asked.client, asked.request, result, {}, 0, {}};
  if (without) {
    answer.unreached.emplace();
    for (const std::uint32_t branch : *without) {
      answer.unreached->emplace_back(branch);
    }
  }
  return story.add(answer);
}

TEST(Availability, WantsEverythingWhereEveryoneIsThere) {
  for (const Result result :
       {Result::unavailable, Result::unconfirmed, Result::unanswered, Result::unknown}) {
    Story story = calm({{1, 2, 3}});
    call(story, asks(story, 1, Kind::query), Result::ok);
    call(story, asks(story, 1, Kind::withdraw, whole(500)), Result::insufficient_funds);
    EXPECT_THAT(found(story, kName), IsEmpty());
    const std::size_t failed = call(story, story.asks(1, 1, Kind::deposit, whole(1)), result);
    EXPECT_THAT(shown_at(story, kName), ElementsAre(failed));
  }
}

TEST(Availability, AsksNothingBeforeAllHasSettled) {
  Story story(3, whole(300));
  story.add(parts({{1, 2, 3}}));
  story.wait(Bounds{}.settling - std::chrono::milliseconds(100));
  call(story, asks(story, 1, Kind::query), Result::unavailable);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Availability, CountsACallThatWaitsSinceBefore) {
  Story story(3, whole(300));
  const Invoked asked = asks(story, 1, Kind::withdraw, whole(120));
  story.invoke(asked);
  story.add(parts({{1, 2, 3}}));
  story.wait(Bounds{}.settling);
  const std::size_t failed = story.answer(asked, Result::unavailable);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(failed));
}

TEST(Availability, AsksNothingOfWhatIsDisturbed) {
  for (const auto& disturb : std::vector<std::function<void(Story&)>>{
           [](Story& story) { story.crash(2); }, [](Story& story) { story.add(Calm{}); },
           [](Story& story) { story.add(Paused{BranchId{2}}); },
           [](Story& story) { story.add(Resumed{BranchId{2}}); },
           [](Story& story) { story.start(2); },
           [](Story& story) { story.add(Stopped{BranchId{2}, "why"}); }}) {
    Story story = calm({{1, 2, 3}});
    disturb(story);
    call(story, asks(story, 1, Kind::query), Result::unavailable);
    EXPECT_THAT(found(story, kName), IsEmpty());
  }
}

TEST(Availability, AsksNothingForThoseWhoLieOrHaveNoTime) {
  Story story = calm({{1, 2, 3}});
  Invoked hurried = asks(story, 1, Kind::query);
  hurried.deadline = story.now() + std::chrono::milliseconds(500);
  call(story, hurried, Result::unavailable);
  const Invoked liar = asks(story, 1, Kind::query);
  story.add(MadeUp{liar.client});
  call(story, liar, Result::unavailable);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Availability, OfAPartIsWhatThePartCanDo) {
  Story story = calm({{1, 2}, {3}});
  const std::size_t query = call(story, asks(story, 1, Kind::query), Result::unavailable);
  const std::size_t deposit =
      call(story, asks(story, 3, Kind::deposit, whole(1)), Result::unanswered);
  const std::size_t paid =
      call(story, asks(story, 2, Kind::withdraw, whole(200)), Result::unavailable, {{3}});
  call(story, asks(story, 2, Kind::withdraw, whole(201)), Result::unavailable, {{3}});
  call(story, asks(story, 3, Kind::withdraw, whole(101)), Result::unavailable, {{1, 2}});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(query, deposit, paid));
}

TEST(Availability, OfAPartIsNoMoreThanItEverHadMeanwhile) {
  Story story = calm({{1, 2}, {3}});
  const Invoked waits = asks(story, 1, Kind::withdraw, whole(160));
  story.invoke(waits);
  const EntryId grant = story.grant(2, 1, whole(60));
  story.apply(1, grant);
  story.answer(waits, Result::unavailable);
  EXPECT_THAT(found(story, kName), IsEmpty()) << "60 were under way";
  const std::size_t again =
      call(story, asks(story, 1, Kind::withdraw, whole(160)), Result::unavailable, {{3}});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(again));
  Invoked spent = story.asks(2, 1, Kind::withdraw, whole(50));
  story.write(spent);
  call(story, asks(story, 1, Kind::withdraw, whole(160)), Result::unavailable, {{3}});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(again));
}

TEST(Availability, OfAPartIsNothingThatNeedsThePast) {
  Story story = calm({{1, 2}, {3}});
  call(story, story.asks(1, 1, Kind::query), Result::unavailable, {{3}});
  Invoked elsewhere = asks(story, 3, Kind::deposit, whole(1));
  elsewhere.branch = BranchId{1};  // which may have been accepted at branch 3
  call(story, elsewhere, Result::unknown);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Availability, OfAPartMayStandUnconfirmedWhereTooFewAreThere) {
  Story story = calm({{1, 2}, {3}});
  call(story, asks(story, 1, Kind::deposit, whole(1), Level::all), Result::unconfirmed);
  call(story, asks(story, 3, Kind::deposit, whole(1), Level::majority), Result::unanswered);
  EXPECT_THAT(found(story, kName), IsEmpty());
  const std::size_t majority =
      call(story, asks(story, 1, Kind::deposit, whole(1), Level::majority), Result::unconfirmed);
  const std::size_t refused =
      call(story, asks(story, 1, Kind::deposit, whole(1), Level::all), Result::unavailable);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(majority, refused));
}

TEST(Availability, WhoIsMissingIsNamed) {
  Story story = calm({{1, 2}, {3}});
  call(story, asks(story, 1, Kind::withdraw, whole(250)), Result::unavailable,
       std::vector<std::uint32_t>{});
  EXPECT_THAT(said(story, kName), HasSubstr("it does not name branch 3"));
  EXPECT_THAT(said(story, kName), HasSubstr("it names no unreachable branch"));
  Story none = calm({{1, 2}});
  call(none, asks(none, 1, Kind::withdraw, whole(250)), Result::unavailable, {{2, 3}});
  EXPECT_THAT(said(none, kName), HasSubstr("it names branch 2, which can be reached"));
}

TEST(Availability, WhoHadNoTimeToConfirmMayBeNamed) {
  for (const Duration time : {Duration{}, Bounds{}.time_enough}) {
    Story story = calm({{1, 2}, {3}});
    const Invoked asked = asks(story, 1, Kind::deposit, whole(1), Level::all);
    story.invoke(asked);
    story.accept(asked);
    story.wait(time);
    const std::size_t said = story.add(Answered{asked.client,
                                                asked.request,
                                                Result::unconfirmed,
                                                {},
                                                1,
                                                std::vector{BranchId{2}, BranchId{3}}});
    EXPECT_EQ(shown_at(story, kName),
              time > Duration{} ? std::vector{said} : std::vector<std::size_t>{});
  }
}

TEST(Availability, AsksNothingWhereADiskCameBackWithLessThanItHad) {
  for (const std::uint64_t kept : {0U, 1U}) {
    Story story(3, whole(300));
    story.write(story.asks(1, 3, Kind::deposit, whole(1)));
    story.crash(3);
    story.start(3, 1, kept);
    story.add(parts({{1, 2, 3}}));
    story.wait(Bounds{}.settling);
    call(story, story.asks(2, 1, Kind::deposit, whole(1)), Result::unavailable);
    EXPECT_EQ(found(story, kName).empty(), kept == 0);
  }
}

TEST(Availability, AsksNothingWhereADiskWasLost) {
  Story story(3, whole(300));
  story.lose_disk(3);
  story.start(3, 2);
  story.add(parts({{1, 2, 3}}));
  story.wait(Bounds{}.settling);
  call(story, asks(story, 1, Kind::withdraw, whole(250)), Result::unavailable, {{3}});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
