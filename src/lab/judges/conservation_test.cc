// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "conservation";

/// The content of an event, to be changed.
template <class T>
T& content(Story& story, std::size_t event) {
  return std::get<T>(story.history.events[event].what);
}

TEST(Conservation, HoldsForWritesQueriesAndRefusals) {
  Story story(3, whole(90));
  story.spread(story.write(story.asks(1, 1, Kind::deposit, whole(30))));
  story.perform(story.asks(2, 2, Kind::query));
  story.perform(story.asks(2, 3, Kind::withdraw, whole(500)), Result::insufficient_funds);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Conservation, FindsABalanceThatIsNotTheSumOfWhatWasApplied) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  const std::size_t wrong = story.apply(2, entry);
  content<Applied>(story, wrong).balance = whole(29);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
  EXPECT_THAT(said(story, kName),
              HasSubstr("branch 2 has 29 on account 1 after entry 1 of branch 1"));
}

TEST(Conservation, FindsAQueryThatShowsAnotherBalance) {
  Story story;
  story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  const Invoked query = story.asks(2, 2, Kind::query);
  story.invoke(query);
  const std::size_t wrong = story.reply(query, Result::ok, whole(30));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Conservation, ForgetsWhatAProcessForgot) {
  Story story;
  const Invoked lost = story.asks(1, 1, Kind::deposit, whole(30));
  story.invoke(lost);
  story.accept(lost);
  story.crash(1);
  story.start(1, 1, 0);
  story.perform(story.asks(2, 1, Kind::query));
  EXPECT_THAT(found(story, kName), IsEmpty());

  const Invoked query = story.asks(2, 1, Kind::query);
  story.invoke(query);
  const std::size_t wrong = story.reply(query, Result::ok, whole(30));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Conservation, BeginsAnewInANewIncarnation) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  story.apply(2, entry);
  story.lose_disk(1);
  story.start(1, 2, 0);
  story.perform(story.asks(2, 1, Kind::query));
  story.apply(1, entry);
  story.perform(story.asks(2, 1, Kind::query));
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Conservation, LetsAWriteBeAnsweredWithTheBalanceRightAfterIt) {
  Story story;
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  const EntryId entry = story.write(write);
  story.write(story.asks(2, 1, Kind::deposit, whole(5)));
  story.invoke(write);
  story.reply(write, Result::ok, whole(30));
  story.answer(write, Result::ok, whole(30));
  EXPECT_THAT(found(story, kName), IsEmpty());

  story.invoke(write);
  const std::size_t wrong = story.reply(write, Result::ok, whole(35));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
  (void)entry;
}

TEST(Conservation, LetsARetryElsewhereShowTheBalanceThere) {
  Story story(3, whole(90));
  story.write(story.asks(2, 2, Kind::deposit, whole(7)));
  const Invoked write = story.asks(1, 1, Kind::deposit, whole(30));
  story.apply(2, story.write(write));
  for (const Money balance : {whole(127), whole(120)}) {
    Invoked retry = write;
    retry.branch = BranchId{2};
    story.invoke(retry);
    story.reply(retry, Result::ok, balance);
    story.answer(retry, Result::ok, balance);
  }
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Conservation, LetsARefusalBeRepeated) {
  Story story;
  const Invoked refused = story.asks(1, 1, Kind::withdraw, whole(30));
  story.perform(refused, Result::insufficient_funds);
  story.write(story.asks(2, 1, Kind::deposit, whole(5)));
  story.invoke(refused);
  story.reply(refused, Result::insufficient_funds, Money{});
  EXPECT_THAT(found(story, kName), IsEmpty());
  const std::size_t wrong = story.reply(refused, Result::insufficient_funds, whole(1));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Conservation, FindsABalanceThatNobodySaid) {
  Story story;
  const Invoked query = story.asks(1, 1, Kind::query);
  story.invoke(query);
  story.reply(query, Result::ok, Money{});
  const std::size_t wrong = story.answer(query, Result::ok, whole(1));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Conservation, FindsAnEntryThatIsNotTheSameEverywhere) {
  Story story;
  const EntryId entry = story.write(story.asks(1, 1, Kind::deposit, whole(30)));
  const std::size_t wrong = story.apply(2, entry);
  auto& applied = content<Applied>(story, wrong);
  applied.legs = {MoneyLeg{kAccount, whole(31)}};
  applied.balance = whole(31);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
  applied.legs = {MoneyLeg{kAccount, whole(30)}};
  applied.balance = whole(30);
  EXPECT_THAT(found(story, kName), IsEmpty());
  applied.request->number += 1;
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Conservation, LetsTheNumberOfAForgottenEntryBeGivenAgain) {
  Story story;
  const Invoked lost = story.asks(1, 1, Kind::deposit, whole(30));
  story.invoke(lost);
  const EntryId entry = story.accept(lost);
  story.crash(1);
  story.start(1, 1, 0);
  EXPECT_EQ(story.write(story.asks(2, 1, Kind::deposit, whole(5))), entry);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Conservation, FindsMoneyOnAnAccountThatIsNotThere) {
  Story story;
  const EntryId entry = story.make(1, {}, {MoneyLeg{AccountId{7}, whole(1)}});
  Applied applied{.branch = BranchId{1},
                  .entry = entry,
                  .request = {},
                  .legs = {MoneyLeg{AccountId{7}, whole(1)}},
                  .balance = whole(1)};
  const std::size_t wrong = story.add(applied);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Conservation, SaysNothingOfAReplicaWhoseListHasHoles) {
  Story story;
  story.start(2, 1, 5);
  const Invoked query = story.asks(1, 2, Kind::query);
  story.invoke(query);
  story.reply(query, Result::ok, whole(12));
  story.answer(query, Result::ok, whole(12));
  EXPECT_THAT(found(story, kName), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
