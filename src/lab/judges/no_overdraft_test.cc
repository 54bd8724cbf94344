// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kName = "no-overdraft";

TEST(NoOverdraft, LetsAnAccountGoToItsLimit) {
  Story story(3, whole(10), whole(20));
  story.spread(story.write(story.asks(1, 1, Kind::withdraw, whole(30))));
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(NoOverdraft, FindsAReplicaBelowTheLimit) {
  Story story(3, whole(10), whole(20));
  const EntryId first = story.write(story.asks(1, 1, Kind::withdraw, whole(20)));
  const EntryId second = story.write(story.asks(2, 2, Kind::withdraw, whole(11)));
  story.apply(3, first);
  const std::size_t below = story.apply(3, second);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(below));
  EXPECT_EQ(said(story, kName), "branch 3 shows -21 on account 1, whose limit is 20");
}

TEST(NoOverdraft, FindsItInWhatWasAppliedWhateverTheBranchSays) {
  Story story;
  const Invoked call = story.asks(1, 1, Kind::withdraw, whole(30));
  story.invoke(call);
  story.accept(call);
  std::get<Applied>(story.history.events.back().what).balance = {};
  EXPECT_THAT(shown_at(story, kName), ElementsAre(story.last()));
}

TEST(NoOverdraft, FindsItInRepliesAnswersAndAudits) {
  Story story;
  const Invoked query = story.asks(1, 1, Kind::query);
  story.invoke(query);
  const std::size_t reply = story.reply(query, Result::ok, whole(-1));
  story.answer(query, Result::ok, whole(-1));
  const Invoked other = story.asks(1, 1, Kind::query);
  story.invoke(other);
  const std::size_t answer = story.answer(other, Result::ok, whole(-2));
  const std::size_t audit = story.add(Audited{BranchId{2}, kAccount, whole(-3), {}});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(reply, answer, audit));
}

}  // namespace
}  // namespace passbook::history
