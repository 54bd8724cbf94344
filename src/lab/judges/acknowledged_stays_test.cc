// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kName = "acknowledged-stays";

/// A deposit of 30 at branch 1, accepted but on no disk.
Invoked accepted_deposit(Story& story, Level level, EntryId& entry) {
  Invoked call = story.asks(1, 1, Kind::deposit, whole(30));
  call.level = level;
  story.invoke(call);
  entry = story.accept(call);
  return call;
}

TEST(AcknowledgedStays, WantsAsManyDisksAsWereAskedFor) {
  for (const Level level : {Level::local, Level::majority, Level::all}) {
    for (std::uint32_t disks = 0; disks <= 3; ++disks) {
      Story story;
      EntryId entry;
      const Invoked call = accepted_deposit(story, level, entry);
      for (std::uint32_t branch = 1; branch <= disks; ++branch) {
        if (branch > 1) {
          story.apply(branch, entry);
        }
        story.sync(branch);
      }
      story.reply(call, Result::ok, whole(30));
      const std::size_t answer = story.answer(call, Result::ok);
      const std::uint32_t wanted = level == Level::local ? 1 : level == Level::majority ? 2 : 3;
      if (disks < wanted) {
        EXPECT_THAT(shown_at(story, kName), ElementsAre(answer)) << disks << " of " << wanted;
      } else {
        EXPECT_THAT(found(story, kName), IsEmpty()) << disks << " of " << wanted;
      }
    }
  }
}

TEST(AcknowledgedStays, CountsADiskThatIsLostLater) {
  Story story;
  EntryId entry;
  const Invoked call = accepted_deposit(story, Level::majority, entry);
  story.sync(1);
  story.apply(2, entry);
  story.sync(2);
  story.lose_disk(2);
  story.reply(call, Result::ok, whole(30));
  story.answer(call, Result::ok, whole(30), 2);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(AcknowledgedStays, DoesNotCountADiskThatHasItLater) {
  Story story;
  EntryId entry;
  const Invoked call = accepted_deposit(story, Level::local, entry);
  const std::size_t answer = story.answer(call, Result::ok);
  story.sync(1);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
}

TEST(AcknowledgedStays, DoesNotCountADiskTwice) {
  Story story;
  EntryId entry;
  const Invoked call = accepted_deposit(story, Level::majority, entry);
  story.sync(1);
  story.lose_disk(1);
  story.start(1, 2, 0);
  story.apply(1, entry);
  story.sync(1);
  const std::size_t answer = story.answer(call, Result::ok);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
}

TEST(AcknowledgedStays, FindsACountThatIsTooHigh) {
  Story story;
  EntryId entry;
  const Invoked call = accepted_deposit(story, Level::all, entry);
  story.sync(1);
  const std::size_t answer = story.answer(call, Result::unconfirmed, {}, 2);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
}

TEST(AcknowledgedStays, FindsABalanceThatLeavesBeforeItIsDurable) {
  Story story;
  EntryId entry;
  accepted_deposit(story, Level::local, entry);
  const Invoked query = story.asks(2, 1, Kind::query);
  story.invoke(query);
  story.reply(query, Result::ok, whole(30));
  const std::size_t early = story.answer(query, Result::ok, whole(30));
  story.sync(1);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(early));
}

TEST(AcknowledgedStays, FindsAProcessThatLacksWhatWasOnDisk) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.crash(1);
  const std::size_t start = story.start(1, 1, 0);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(start, start));  // disk and write
}

TEST(AcknowledgedStays, LetsWhatWasNotOnDiskBeForgotten) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  const Invoked call = story.asks(2, 1, Kind::deposit, whole(1));
  story.invoke(call);
  story.accept(call);
  story.crash(1);
  story.start(1, 1, 1);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(AcknowledgedStays, LetsALostDiskComeBackWithLess) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 1, 0);
  story.add(FaultsOver{});
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(AcknowledgedStays, TakesWhatWasWrittenAgainTheSameForThat) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::deposit, whole(30));
  const EntryId entry = story.write(call);
  for (const std::uint32_t other : {2U, 3U}) {
    story.apply(other, entry);
    story.sync(other);
  }
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 1, 0);  // an old copy; the retry makes the same entry anew
  EXPECT_EQ(story.accept(call), entry);
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 2, 0);
  story.apply(1, entry);
  story.sync(1);
  story.add(FaultsOver{});
  story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(AcknowledgedStays, WantsItAtEveryLivingBranchInTheEnd) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, entry);
  story.crash(3);
  story.add(FaultsOver{});
  const std::size_t end = story.add(Ended{});
  EXPECT_THAT(found(story, kName), IsEmpty());  // branch 3 is dead
  story.history.events[end].what = Started{BranchId{3}, Incarnation{1}, 0};
  const std::size_t late = story.add(Ended{});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(late));
}

}  // namespace
}  // namespace passbook::history
