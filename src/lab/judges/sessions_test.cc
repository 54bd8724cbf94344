// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kOwnReads = "read-your-writes";
constexpr auto kReads = "monotonic-reads";
constexpr auto kOwnWrites = "monotonic-writes";
constexpr auto kSeenWrites = "writes-follow-reads";

void expect_only(const Story& story, std::string_view invariant, std::size_t shows) {
  for (const auto* name : {kOwnReads, kReads, kOwnWrites, kSeenWrites}) {
    if (name == invariant) {
      EXPECT_THAT(shown_at(story, name), ElementsAre(shows));
    } else {
      EXPECT_THAT(found(story, name), IsEmpty());
    }
  }
}

void expect_nothing(const Story& story) {
  for (const auto* name : {kOwnReads, kReads, kOwnWrites, kSeenWrites}) {
    EXPECT_THAT(found(story, name), IsEmpty());
  }
}

Invoked with(Invoked call, Wanted wanted) {
  call.wanted = wanted;
  return call;
}

TEST(Sessions, HoldWhereEveryBranchHasCaughtUp) {
  Story story;
  story.spread(story.write(story.asks(1, 1, Kind::deposit, whole(30))));
  story.perform(story.asks(1, 2, Kind::query));
  story.spread(story.write(story.asks(1, 3, Kind::deposit, whole(1))));
  story.perform(story.asks(1, 1, Kind::query));
  expect_nothing(story);
}

TEST(ReadYourWrites, FindsAQueryWithoutTheClientsOwnWrite) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  const std::size_t stale =
      story.perform(with(story.asks(1, 2, Kind::query), {.read_your_writes = true}));
  expect_only(story, kOwnReads, stale);
  EXPECT_EQ(said(story, kOwnReads),
            "branch 2 shows customer 1 a balance without entry 1 of branch 1, which it had written "
            "before");
}

TEST(ReadYourWrites, AsksNothingOfQueriesThatDoNotWantIt) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.perform(with(story.asks(1, 2, Kind::query), {}));
  expect_nothing(story);
}

TEST(ReadYourWrites, CountsWritesThatAreUnconfirmedButNotThoseThatAreUnknown) {
  for (const Result result : {Result::unconfirmed, Result::unanswered}) {
    Story story;
    const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
    story.invoke(write);
    story.accept(write);
    story.answer(write, result);
    const std::size_t stale =
        story.perform(with(story.asks(1, 2, Kind::query), {.read_your_writes = true}));
    if (result == Result::unconfirmed) {
      expect_only(story, kOwnReads, stale);
    } else {
      expect_nothing(story);
    }
  }
}

TEST(MonotonicReads, FindsAQueryThatGoesBack) {
  Story story;
  story.spread(story.write(story.asks(2, 1, Kind::deposit, whole(30))));
  story.write(story.asks(2, 1, Kind::deposit, whole(1)));
  story.perform(story.asks(1, 1, Kind::query));
  const std::size_t stale =
      story.perform(with(story.asks(1, 2, Kind::query), {.monotonic_reads = true}));
  expect_only(story, kReads, stale);
}

TEST(MonotonicReads, CountsWhatWritesAndRefusalsShow) {
  for (const Kind kind : {Kind::deposit, Kind::withdraw}) {
    Story story;
    story.write(story.asks(2, 1, Kind::deposit, whole(30)));
    if (kind == Kind::deposit) {
      story.write(story.asks(1, 1, kind, whole(1)));
    } else {
      story.perform(story.asks(1, 1, kind, whole(500)), Result::insufficient_funds);
    }
    const std::size_t stale =
        story.perform(with(story.asks(1, 2, Kind::query), {.monotonic_reads = true}));
    expect_only(story, kReads, stale);
  }
}

TEST(MonotonicReads, CountsWhatTheBranchOfAWriteHadFromOthers) {
  Story story;
  story.apply(1, story.write(story.asks(2, 3, Kind::deposit, whole(30))));
  const EntryId own = story.write(story.asks(1, 1, Kind::deposit, whole(1)));
  story.apply(2, own);
  const std::size_t stale =
      story.perform(with(story.asks(1, 2, Kind::query), {.monotonic_reads = true}));
  expect_only(story, kReads, stale);
}

TEST(MonotonicReads, LetAWriteThatWasForgottenAndMadeAgainHaveSeenLess) {
  Story story;
  const EntryId other = story.write(story.asks(2, 3, Kind::deposit, whole(30)));
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(1));
  story.invoke(write);
  story.apply(1, other);
  story.accept(write);
  story.crash(1);
  story.answer(write, Result::unanswered);
  story.start(1, 1, 0);
  story.apply(2, story.write(write));
  story.perform(story.asks(1, 2, Kind::query));
  expect_nothing(story);
}

TEST(MonotonicReads, CountWhatARepeatedQueryShowed) {
  Story story;
  const Invoked query = story.asks(1, 1, Kind::query);
  story.invoke(query);
  story.answer(query, Result::unanswered);
  story.reply(query, Result::ok, Money{});
  story.write(story.asks(2, 1, Kind::deposit, whole(30)));
  story.write(story.asks(2, 1, Kind::withdraw, whole(30)));
  story.perform(query);
  const std::size_t stale =
      story.perform(with(story.asks(1, 2, Kind::query), {.monotonic_reads = true}));
  expect_only(story, kReads, stale);
}

TEST(MonotonicReads, LetsAClientNotSeeWhatItNeverSaw) {
  Story story;
  story.write(story.asks(2, 1, Kind::deposit, whole(30)));
  const Invoked query = story.asks(1, 1, Kind::query);
  story.invoke(query);
  story.reply(query, Result::ok, whole(30));
  story.answer(query, Result::unanswered);
  story.perform(story.asks(1, 2, Kind::query));
  expect_nothing(story);
}

TEST(MonotonicReads, LetsALateReplyOfAnEarlierCallBeOld) {
  Story story;
  const Invoked query = story.asks(1, 2, Kind::query);
  story.invoke(query);
  story.answer(query, Result::unanswered);
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.reply(query, Result::ok, Money{});
  expect_nothing(story);
}

TEST(MonotonicWrites, FindsAReplicaThatHasTheSecondWriteFirst) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  const EntryId entry =
      story.write(with(story.asks(1, 2, Kind::deposit, whole(1)), {.monotonic_writes = true}));
  const std::size_t accepted = story.last() - 3;
  EXPECT_THAT(shown_at(story, kOwnWrites), ElementsAre(accepted));
  const std::size_t applied = story.apply(3, entry);
  EXPECT_THAT(shown_at(story, kOwnWrites), ElementsAre(accepted, applied));
  EXPECT_THAT(found(story, kSeenWrites), IsEmpty());
}

TEST(MonotonicWrites, FindsItAtAReplicaThatTheClientNeverVisits) {
  Story story;
  const EntryId first = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, first);
  const EntryId entry =
      story.write(with(story.asks(1, 2, Kind::deposit, whole(1)), {.monotonic_writes = true}));
  const std::size_t early = story.apply(3, entry);
  expect_only(story, kOwnWrites, early);
}

TEST(MonotonicWrites, StillHoldsForALogThatWasCut) {
  Story story;
  const EntryId first = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, first);
  story.sync(2);
  const Invoked second =
      with(story.asks(1, 2, Kind::deposit, whole(1)), {.monotonic_writes = true});
  story.invoke(second);
  story.accept(second);
  story.crash(2);
  story.answer(second, Result::unanswered);
  story.start(2, 1, 1);
  const Invoked third = with(story.asks(1, 2, Kind::deposit, whole(2)), {.monotonic_writes = true});
  const std::size_t early = story.apply(3, story.write(third));
  expect_only(story, kOwnWrites, early);
}

TEST(WritesFollowReads, FindsAWriteWithoutWhatItsClientHadSeen) {
  Story story;
  const EntryId seen = story.write(story.asks(2, 1, Kind::deposit, whole(30)));
  story.apply(2, seen);
  story.perform(story.asks(1, 1, Kind::query));
  const EntryId entry =
      story.write(with(story.asks(1, 2, Kind::deposit, whole(1)), {.writes_follow_reads = true}));
  const std::size_t early = story.apply(3, entry);
  expect_only(story, kSeenWrites, early);
}

TEST(WritesFollowReads, LetsAWriteMissWhatItsClientSawOnlyLater) {
  Story story;
  const Invoked write =
      with(story.asks(1, 2, Kind::deposit, whole(1)), {.writes_follow_reads = true});
  story.invoke(write);
  story.answer(write, Result::unanswered);
  story.write(story.asks(2, 1, Kind::deposit, whole(30)));
  story.perform(story.asks(1, 1, Kind::query));
  story.write(write);
  expect_nothing(story);
}

TEST(Sessions, AreTheOwnersAlone) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.apply(2, story.write(write));
  Invoked probe = write;
  probe.client = {CustomerId{9}, 0};
  probe.branch = BranchId{2};
  story.perform(probe);
  story.perform(story.asks(9, 3, Kind::query));
  expect_nothing(story);
}

TEST(Sessions, AskNothingOfWhatWasLostWithADisk) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 2, 0);
  story.perform(story.asks(1, 2, Kind::query));
  story.write(story.asks(1, 2, Kind::deposit, whole(1)));
  expect_nothing(story);
}

TEST(Sessions, AskForWhatSurvivedALostDisk) {
  Story story;
  story.apply(3, story.write(story.asks(1, 1, Kind::deposit, whole(30))));
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 2, 0);
  const std::size_t stale =
      story.perform(with(story.asks(1, 2, Kind::query), {.read_your_writes = true}));
  expect_only(story, kOwnReads, stale);
}

}  // namespace
}  // namespace passbook::history
