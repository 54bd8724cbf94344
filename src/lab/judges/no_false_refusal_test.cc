// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "no-false-refusal";

/// Refuses a withdrawal at branch 2. Returns where a violation would show.
std::size_t refuse(Story& story, Money amount) {
  const Invoked call = story.asks(9, 2, Kind::withdraw, amount);
  story.invoke(call);
  const std::size_t shows = story.reply(call, Result::insufficient_funds);
  story.answer(call, Result::insufficient_funds);
  return shows;
}

TEST(NoFalseRefusal, LetsWhatTheBankLacksBeRefused) {
  Story story(3, whole(100), whole(20));
  refuse(story, whole(121));
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(NoFalseRefusal, FindsARefusalOfWhatTheBankHas) {
  Story story(3, whole(100), whole(20));
  const std::size_t wrong = refuse(story, whole(120));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
  EXPECT_THAT(said(story, kName), HasSubstr("branch 2 refuses a withdrawal of 120 from account 1"));
}

TEST(NoFalseRefusal, CountsDepositsWhereverTheyAre) {
  Story story(3, whole(100));
  story.write(story.asks(1, 1, Kind::deposit, whole(50)));
  const std::size_t wrong = refuse(story, whole(150));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(NoFalseRefusal, LooksAtEveryMomentOfTheCall) {
  Story story(3, whole(100));
  const Invoked early = story.asks(8, 2, Kind::withdraw, whole(100));
  const Invoked late = story.asks(9, 2, Kind::withdraw, whole(100));
  story.invoke(early);
  story.write(story.asks(1, 1, Kind::withdraw, whole(50)));
  story.write(story.asks(1, 1, Kind::deposit, whole(50)));
  story.invoke(late);
  story.reply(early, Result::insufficient_funds);
  const std::size_t wrong = story.reply(late, Result::insufficient_funds);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(NoFalseRefusal, AgreesWithAPlainSearchForTheLowest) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    Story story(1, whole(50));
    const Invoked call = story.asks(9, 1, Kind::withdraw, whole(45));
    const std::uint64_t begins = random.below(10);
    Money balance = whole(50);
    Money lowest = balance;
    for (std::uint64_t step = 0; step < 10; ++step) {
      if (step == begins) {
        story.invoke(call);
        lowest = balance;
      }
      const bool out = balance > whole(30) && random.chance(1, 2);
      const Money amount = whole(static_cast<std::int64_t>(1 + random.below(10)));
      story.write(story.asks(1, 1, out ? Kind::withdraw : Kind::deposit, amount));
      balance = out ? balance - amount : balance + amount;
      lowest = std::min(lowest, balance);
    }
    story.reply(call, Result::insufficient_funds);
    EXPECT_EQ(found(story, kName).empty(), lowest < whole(45)) << seed;
  }
}

TEST(NoFalseRefusal, LetsARefusalBeRepeated) {
  Story story(3, whole(100));
  const Invoked call = story.asks(9, 2, Kind::withdraw, whole(150));
  story.perform(call, Result::insufficient_funds);
  story.write(story.asks(1, 1, Kind::deposit, whole(50)));
  story.perform(call, Result::insufficient_funds);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(NoFalseRefusal, DoesNotCountADepositThatWasForgotten) {
  Story story(3, whole(100));
  const Invoked deposit = story.asks(1, 1, Kind::deposit, whole(50));
  story.invoke(deposit);
  story.accept(deposit);
  refuse(story, whole(150));
  story.crash(1);
  story.start(1, 1, 0);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(NoFalseRefusal, CountsADepositThatWasForgottenAndMadeAgainFromThenOn) {
  Story story(3, whole(100));
  const Invoked deposit = story.asks(1, 1, Kind::deposit, whole(50));
  story.invoke(deposit);
  story.accept(deposit);
  story.crash(1);
  story.start(1, 1, 0);
  refuse(story, whole(150));
  story.write(deposit);
  EXPECT_THAT(found(story, kName), IsEmpty());
  const std::size_t wrong = refuse(story, whole(150));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(NoFalseRefusal, CountsAWithdrawalThatWasForgottenOnlyUntilThen) {
  Story story(3, whole(100));
  const Invoked withdrawal = story.asks(1, 1, Kind::withdraw, whole(50));
  story.invoke(withdrawal);
  story.accept(withdrawal);
  refuse(story, whole(100));
  story.crash(1);
  story.start(1, 1, 0);
  EXPECT_THAT(found(story, kName), IsEmpty());
  const std::size_t wrong = refuse(story, whole(100));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(NoFalseRefusal, CountsADepositUntilItIsLostWithItsDisk) {
  Story story(3, whole(100));
  story.write(story.asks(1, 1, Kind::deposit, whole(50)));
  const std::size_t wrong = refuse(story, whole(150));
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 2, 0);
  refuse(story, whole(150));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(NoFalseRefusal, CountsAWithdrawalThatIsLostWithItsDiskForEver) {
  Story story(3, whole(100));
  story.write(story.asks(1, 1, Kind::withdraw, whole(50)));
  story.crash(1);
  story.lose_disk(1);
  story.start(1, 2, 0);
  refuse(story, whole(100));
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(NoFalseRefusal, SaysNothingWhereAnyBranchIsSilent) {
  Story story(3, whole(100));
  refuse(story, whole(100));
  std::erase_if(story.history.events, [](const Event& event) {
    const auto* start = std::get_if<Started>(&event.what);
    return start != nullptr && start->branch == BranchId{3};
  });
  EXPECT_THAT(found(story, kName), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
