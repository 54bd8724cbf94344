// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kName = "escrow-sums";

Audited& audited(Story& story, std::size_t event) {
  return std::get<Audited>(story.history.events[event].what);
}

TEST(EscrowSums, HoldForGrantsAndWrites) {
  Story story(3, whole(400), whole(1));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.apply(1, grant);
  const EntryId spent = story.write(story.asks(1, 1, Kind::withdraw, whole(200)));
  story.apply(3, grant);
  story.apply(3, spent);
  story.apply(2, spent);
  story.audit_all();
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(EscrowSums, FindABranchThatSpendsMoreThanItHas) {
  Story story(3, whole(300));
  const Invoked call = story.asks(1, 1, Kind::withdraw, whole(101));
  story.invoke(call);
  story.accept(call);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(story.last()));
  EXPECT_EQ(said(story, kName),
            "at branch 1, after entry 1 of branch 1, branch 1 has rights to -1 of account 1");
}

TEST(EscrowSums, FindABranchThatGrantsMoreThanItHas) {
  Story story(3, whole(300));
  story.grant(1, 2, whole(101));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(story.last()));
}

TEST(EscrowSums, FindASpentGrantBeforeTheGrant) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(2, 1, whole(100));
  story.apply(1, grant);
  const EntryId spent = story.write(story.asks(1, 1, Kind::withdraw, whole(200)));
  const std::size_t early = story.apply(3, spent);
  story.apply(3, grant);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(early));
}

TEST(EscrowSums, ShareTheRemainderAmongTheFirst) {
  Story story(3, Money{40000});
  const std::size_t audit = story.audit(2);
  EXPECT_THAT(found(story, kName), IsEmpty());
  audited(story, audit).rights = {
      {{BranchId{1}}, Money{13333}}, {{BranchId{2}}, Money{13333}}, {{BranchId{3}}, Money{13334}}};
  EXPECT_THAT(shown_at(story, kName), ElementsAre(audit));
}

TEST(EscrowSums, FindAuditsThatAreWrong) {
  Story story(2, whole(300));
  const std::size_t audit = story.audit(1);
  audited(story, audit).balance = whole(301);
  EXPECT_THAT(shown_at(story, kName), ElementsAre(audit));
  audited(story, audit).balance = whole(300);
  audited(story, audit).rights.push_back({{BranchId{2}, Incarnation{2}}, whole(1)});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(audit));
}

TEST(EscrowSums, LetAuditsLeaveOutZeros) {
  Story story(2, whole(2));
  story.apply(2, story.write(story.asks(1, 1, Kind::withdraw, whole(1))));
  const std::size_t audit = story.audit(2);
  std::erase_if(audited(story, audit).rights,
                [](const Audited::Rights& rights) { return rights.rights == Money{}; });
  EXPECT_EQ(audited(story, audit).rights.size(), 1U);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(EscrowSums, FollowProcessesThatForgetAndLives) {
  Story story(2, whole(200));
  const Invoked forgotten = story.asks(1, 1, Kind::withdraw, whole(80));
  story.invoke(forgotten);
  story.accept(forgotten);
  story.start(1, 1, 0);
  const EntryId kept = story.write(story.asks(1, 1, Kind::withdraw, whole(70)));
  story.apply(2, kept);
  story.start(1, 2, 0);
  story.apply(1, kept);
  const Origin now{BranchId{1}, Incarnation{2}};
  story.apply(1, story.make(1, {}, {RightsLeg{kAccount, {BranchId{1}}, now, whole(30)}}));
  story.audit(1);
  EXPECT_THAT(found(story, kName), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
