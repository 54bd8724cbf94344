// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kName = "dependencies";

/// The branch sends its last accepted entry, to be applied after `after`.
std::size_t group(Story& story, const EntryId& entry, std::vector<EntryId> after = {}) {
  return story.add(Grouped{entry.origin.branch, entry, entry.sequence, std::move(after)});
}

Invoked deposit(Story& story, std::uint64_t customer, std::uint32_t branch,
                Wanted wanted = {false, true, false, true}) {
  Invoked out = story.asks(customer, branch, Kind::deposit, whole(5));
  out.wanted = wanted;
  return out;
}

/// Entry 1 of branch 1, which branch 2 has too and no customer has seen.
EntryId known_at_two(Story& story, std::uint64_t customer = 1) {
  const EntryId entry = story.write(deposit(story, customer, 1));
  group(story, entry);
  story.apply(2, entry);
  return entry;
}

TEST(Dependencies, AreOnWhatTheCustomerWroteOrSaw) {
  Story wrote;
  const EntryId own = known_at_two(wrote, 1);
  group(wrote, wrote.write(deposit(wrote, 1, 2)), {own});
  EXPECT_THAT(found(wrote, kName), IsEmpty());

  Story saw;
  const EntryId seen = known_at_two(saw, 1);
  saw.perform(saw.asks(2, 2, Kind::query));
  group(saw, saw.write(deposit(saw, 2, 2)), {seen});
  EXPECT_THAT(found(saw, kName), IsEmpty());
}

TEST(Dependencies, AreNotOnWhatItNeverSawOrAsksNothingOf) {
  Story story;
  const EntryId entry = known_at_two(story, 1);
  const std::size_t wrong = group(story, story.write(deposit(story, 2, 2)), {entry});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
  EXPECT_THAT(said(story, kName), HasSubstr("entry 1 of branch 2 depend on entry 1 of branch 1"));

  Story indifferent;
  const EntryId own = known_at_two(indifferent, 1);
  const std::size_t needless =
      group(indifferent, indifferent.write(deposit(indifferent, 1, 2, {true, false, true, false})),
            {own});
  EXPECT_THAT(shown_at(indifferent, kName), ElementsAre(needless));
}

TEST(Dependencies, AreNotOnWhatTheCustomerSawLater) {
  Story story;
  const EntryId entry = known_at_two(story, 1);
  const EntryId written = story.write(deposit(story, 2, 2));
  const std::size_t wrong = group(story, written, {entry});
  story.perform(story.asks(2, 2, Kind::query));
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Dependencies, OfALogAreThoseOfAllThatCameBefore) {
  Story story;
  const EntryId entry = known_at_two(story, 1);
  story.write(deposit(story, 1, 2));
  group(story, story.write(deposit(story, 2, 2)), {entry});
  EXPECT_THAT(found(story, kName), IsEmpty()) << "the first went with the second";
}

TEST(Dependencies, AreOnGrants) {
  Story story(3, whole(300));
  const EntryId grant = story.grant(1, 2, whole(10));
  group(story, grant);
  const EntryId other = story.grant(1, 3, whole(10));
  group(story, other);
  story.apply(2, grant);
  story.apply(2, other);
  group(story, story.write(deposit(story, 1, 2)), {grant});
  EXPECT_THAT(found(story, kName), IsEmpty());
  const std::size_t wrong = group(story, story.write(deposit(story, 2, 2)), {other});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

TEST(Dependencies, AreOnTheWholeGroupThatHoldsWhatWasSeen) {
  Story story;
  const EntryId first = story.write(deposit(story, 1, 1));
  const EntryId second = story.write(deposit(story, 3, 1));
  story.add(Grouped{BranchId{1}, first, second.sequence, {}});
  story.apply(2, first);
  story.apply(2, second);
  group(story, story.write(deposit(story, 1, 2)), {second});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Dependencies, OfWhoMakesPassbooksUpMayBeAnything) {
  Story story;
  const EntryId entry = known_at_two(story, 1);
  const Invoked asked = deposit(story, 2, 2);
  story.add(MadeUp{asked.client});
  group(story, story.write(asked), {entry});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Dependencies, OfWhoTakesOverWhatItLostAreOnAllThatIsKnown) {
  Story story(3, whole(300));
  const EntryId entry = known_at_two(story, 1);
  story.lose_disk(2);
  story.start(2, 2);
  story.apply(2, entry);
  const EntryId release = story.make(
      2, {},
      {RightsLeg{
          kAccount, {BranchId{2}, Incarnation{1}}, {BranchId{2}, Incarnation{2}}, whole(10)}});
  story.apply(2, release);
  group(story, release, {entry});
  EXPECT_THAT(found(story, kName), IsEmpty());
}

TEST(Dependencies, AreNotOnWhatOnlyAnAnswerThatWasForgottenShowed) {
  Story story;
  const EntryId entry = known_at_two(story, 1);
  story.start(2, 1, 0);  // it had not synced the entry
  story.perform(story.asks(2, 2, Kind::query));
  story.apply(2, entry);
  const std::size_t wrong = group(story, story.write(deposit(story, 2, 2)), {entry});
  EXPECT_THAT(shown_at(story, kName), ElementsAre(wrong));
}

}  // namespace
}  // namespace passbook::history
