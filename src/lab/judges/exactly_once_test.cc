// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "exactly-once";

TEST(ExactlyOnce, HoldsForWritesRefusalsAndRetries) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.spread(story.write(write));
  story.perform(story.asks(1, 2, Kind::withdraw, whole(500)), Result::insufficient_funds);
  story.perform(write);
  Invoked other = write;
  other.amount = whole(31);
  story.invoke(other);
  story.answer(other, Result::request_id_reused);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(ExactlyOnce, FindsARequestThatTookEffectTwice) {
  for (const std::uint32_t branch : {1U, 2U}) {
    Story story;
    const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
    story.write(write);
    Invoked again = write;
    again.branch = BranchId{branch};
    story.accept(again);
    EXPECT_THAT(shown_at(story, kName), Each(story.last()));
    EXPECT_THAT(found(story, kName),
                Contains(Field(&Violation::what, HasSubstr("took effect twice"))));
  }
}

TEST(ExactlyOnce, FindsAnEntryOfAnotherOriginThanItsRequestNames) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  Invoked elsewhere = write;
  elsewhere.branch = BranchId{2};
  story.invoke(write);
  story.accept(elsewhere);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(story.last()));
}

TEST(ExactlyOnce, LetsAForgottenWriteBeAcceptedAgain) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.invoke(write);
  story.accept(write);
  story.crash(1);
  story.answer(write, Result::unanswered);
  story.start(1, 1, 0);
  story.write(story.asks(2, 1, Kind::deposit, whole(1)));
  story.write(write);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(ExactlyOnce, FindsAnEntryIdForTwoChanges) {
  Story story;
  const Invoked lost = story.asks(1, 1, Kind::deposit, whole(30));
  story.invoke(lost);
  story.apply(2, story.accept(lost));
  story.crash(1);
  story.start(1, 1, 0);
  const Invoked write = story.asks(2, 1, Kind::deposit, whole(1));
  story.invoke(write);
  story.accept(write);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(story.last()));
}

TEST(ExactlyOnce, FindsAnAcknowledgedWriteWithoutAnEntry) {
  for (const Result result : {Result::ok, Result::unconfirmed}) {
    Story story;
    const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
    story.invoke(write);
    const std::size_t answer = story.answer(write, result);
    EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
  }
}

TEST(ExactlyOnce, FindsAnEntryThatIsNotWhatWasAskedFor) {
  for (const Money change : {whole(31), whole(-30)}) {
    Story story;
    const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
    story.invoke(write);
    const std::size_t accepted =
        story.apply(1, story.make(1, write.request, {MoneyLeg{kAccount, change}}));
    const std::size_t answer = story.answer(write, Result::ok);
    EXPECT_THAT(shown_at(story, kName), ElementsAre(accepted, answer));
  }
}

TEST(ExactlyOnce, FindsAnEntryOfARequestThatNobodyMade) {
  Story story;
  const Invoked later = story.asks(1, 1, Kind::deposit, whole(30));
  story.accept(later);
  const std::size_t accepted = story.last();
  EXPECT_THAT(found(story, kName), IsEmpty());  // the customer's own history may be missing
  story.invoke(later);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(accepted));
}

TEST(ExactlyOnce, FindsAWriteThatTookEffectThoughItWasRefusedForEver) {
  for (const Result result : {Result::insufficient_funds, Result::overflow, Result::abandoned}) {
    Story story;
    const Invoked write = story.asks(1, 1, Kind::withdraw, whole(30));
    story.invoke(write);  // a call that got no answer counts as little as one still under way
    story.answer(write, Result::unanswered);
    story.perform(write, result);
    story.invoke(write);
    story.accept(write);
    EXPECT_THAT(shown_at(story, kName), ElementsAre(story.last()));
  }
}

TEST(ExactlyOnce, FindsAWriteThatWasGivenUpAndTookEffect) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::withdraw, whole(30));
  story.invoke(write);
  story.answer(write, Result::unanswered);
  Invoked given_up = write;
  given_up.kind = Kind::abandon;
  given_up.branch = BranchId{2};
  story.perform(given_up, Result::abandoned);
  story.accept(write);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(story.last()));
}

TEST(ExactlyOnce, FindsARefusalForEverOfWhatStands) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.write(write);
  Invoked given_up = write;
  given_up.kind = Kind::abandon;
  story.invoke(given_up);
  story.reply(given_up, Result::abandoned, std::nullopt);
  const std::size_t answer = story.answer(given_up, Result::abandoned);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
}

TEST(ExactlyOnce, LetsWhatWasRefusedSoFarTakeEffectLater) {
  for (const Result result : {Result::unavailable, Result::disk_full, Result::unknown_account,
                              Result::lost_write, Result::unknown, Result::too_old}) {
    Story story;
    const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
    story.perform(write, result);
    story.accept(write);
    EXPECT_THAT(found(story, kName), IsEmpty());
  }
}

TEST(ExactlyOnce, FindsThatAWriteIsSaidToHaveNoEffectSoFarThoughItStands) {
  for (const Result result : {Result::unavailable, Result::disk_full, Result::lost_write}) {
    Story story;
    const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
    story.write(write);
    story.invoke(write);
    const std::size_t answer = story.answer(write, result);
    EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
    Story elsewhere;
    elsewhere.write(write);
    Invoked again = write;
    again.branch = BranchId{2};
    elsewhere.perform(again, result);
    EXPECT_THAT(found(elsewhere, kName), IsEmpty()) << "only the branch that it names knows";
  }
}

TEST(ExactlyOnce, ALostDiskTakesNothingBackThatWasRefusedUnlessItIsBegunAnewAsTheSame) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.perform(write, Result::abandoned);
  story.crash(1);
  story.add(DiskLost{BranchId{1}});
  story.start(1, 2, 0);
  story.invoke(write);
  story.accept(write);
  EXPECT_THAT(found(story, kName),
              Contains(Field(&Violation::what, HasSubstr("was refused as abandoned"))));
}

TEST(ExactlyOnce, FindsASecondAnswerThatDiffers) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.write(write);
  story.invoke(write);
  story.reply(write, Result::ok, whole(31));
  const std::size_t answer = story.answer(write, Result::ok, whole(31));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
}

TEST(ExactlyOnce, FindsAReuseThatIsNone) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.write(write);
  story.invoke(write);
  const std::size_t answer = story.answer(write, Result::request_id_reused);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(answer));
}

}  // namespace
}  // namespace passbook::history
