// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/schedule.h"

#include <rapidcheck/gtest.h>

namespace passbook {
namespace {

CustomerEvent event(Interface interface) {
  return {.id = {}, .interface = interface, .branch = BranchId{1}, .money = {}};
}
const CustomerEvent kQuery = event(Interface::query);
const CustomerEvent kDeposit = event(Interface::deposit);

Scenario scenario(std::vector<Listing> listings) {
  return {.listings = std::move(listings),
          .branches = {{BranchId{1}, {}}},
          .opening = {},
          .dialect = {}};
}
Listing listing(std::uint64_t customer, std::vector<CustomerEvent> events) {
  return {CustomerId{customer}, std::move(events)};
}
HeldPassbook held(std::uint64_t sequence) {
  return {{{{{{BranchId{1}}, Sequence{sequence}}, Tag{sequence}}}, {}}, BankId{1}};
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Schedule, SequentialHandsThePassbookFromListingToListing) {
  const Scenario s = scenario({listing(1, {kDeposit}), listing(2, {kQuery})});
  Schedule schedule(ScheduleKind::sequential, s);
  EXPECT_THAT(schedule.start(),
              ElementsAre(Assignment{.listing = 0, .first = 0, .end = 1, .base = {}}));
  EXPECT_THAT(schedule.finished(0, held(3)),
              ElementsAre(Assignment{.listing = 1, .first = 0, .end = 1, .base = held(3)}));
  EXPECT_THAT(schedule.finished(1, held(4)), IsEmpty());
  EXPECT_TRUE(schedule.done());
}

TEST(Schedule, ConcurrentStartsAllCustomersButNeverOneAtTwoPlaces) {
  const Scenario s = scenario({listing(1, {kDeposit}), listing(2, {kQuery}), listing(1, {kQuery})});
  Schedule schedule(ScheduleKind::concurrent, s);
  EXPECT_EQ(schedule.start().size(), 2U);
  EXPECT_THAT(schedule.finished(1, {}), IsEmpty());
  EXPECT_THAT(schedule.finished(0, held(1)),
              ElementsAre(Assignment{.listing = 2, .first = 0, .end = 1, .base = {}}));
  EXPECT_FALSE(schedule.done());
}

TEST(Schedule, ClosingQueriesWaitForEveryAnswerNotOnlyForTheLast) {
  const Scenario s = scenario({listing(1, {kDeposit, kDeposit, kQuery})});
  Schedule schedule(ScheduleKind::settled, s);
  schedule.start();
  schedule.answered(held(7));
  const auto closing = schedule.finished(0, held(2));
  ASSERT_EQ(closing.size(), 1U);
  EXPECT_EQ(closing.front().base, held(7));
}

TEST(Schedule, SettledHoldsClosingQueriesUntilAllWritesOfTheRoundAreAnswered) {
  const Scenario s = scenario({listing(1, {kQuery}), listing(2, {kQuery, kDeposit, kQuery}),
                               listing(3, {kDeposit}), listing(3, {kQuery})});
  Schedule schedule(ScheduleKind::settled, s);
  EXPECT_THAT(schedule.start(),
              ElementsAre(Assignment{.listing = 1, .first = 0, .end = 2, .base = {}},
                          Assignment{.listing = 2, .first = 0, .end = 1, .base = {}}));
  EXPECT_THAT(schedule.finished(2, held(5)), IsEmpty());
  EXPECT_THAT(
      schedule.finished(1, held(2)),
      ElementsAre(
          Assignment{.listing = 0, .first = 0, .end = 1, .base = held(5), .closing = true},
          Assignment{.listing = 1, .first = 2, .end = 3, .base = held(5), .closing = true}));
  EXPECT_THAT(schedule.finished(0, held(5)), IsEmpty());
  EXPECT_THAT(
      schedule.finished(1, held(5)),
      ElementsAre(Assignment{.listing = 3, .first = 0, .end = 1, .base = held(5), .closing = true}))
      << "the second round begins when the first has ended";
  EXPECT_THAT(schedule.finished(3, held(5)), IsEmpty());
  EXPECT_TRUE(schedule.done());
}

TEST(Schedule, QueriesThatCarryMoneyAreSettledOnes) {
  EXPECT_EQ(default_schedule({.query_has_money = true}), ScheduleKind::settled);
  EXPECT_EQ(default_schedule({.event_has_dest = true}), ScheduleKind::sequential);
}

RC_GTEST_PROP(ScheduleProperty, AssignsEveryEventOnceAndACustomerOneThingAtATime, ()) {
  std::vector<Listing> listings;
  const auto count = *rc::gen::inRange(0, 8);
  for (int i = 0; i < count; ++i) {
    std::vector<CustomerEvent> events;
    for (const bool write : *rc::gen::container<std::vector<bool>>(rc::gen::arbitrary<bool>())) {
      events.push_back(write ? kDeposit : kQuery);
    }
    listings.push_back(listing(*rc::gen::inRange<std::uint64_t>(1, 4), std::move(events)));
  }
  const Scenario s = scenario(std::move(listings));
  Schedule schedule(
      *rc::gen::element(ScheduleKind::sequential, ScheduleKind::concurrent, ScheduleKind::settled),
      s);
  std::vector<std::size_t> performed(s.listings.size(), 0);
  std::vector<Assignment> open = schedule.start();
  while (!open.empty()) {
    std::set<CustomerId> busy;
    for (const Assignment& assignment : open) {
      RC_ASSERT(busy.insert(s.listings[assignment.listing].customer).second);
    }
    const auto pick = *rc::gen::inRange<std::size_t>(0, open.size());
    const Assignment done = open[pick];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
    RC_ASSERT(performed[done.listing] == done.first);
    performed[done.listing] = done.end;
    for (const Assignment& next : schedule.finished(done.listing, {})) {
      open.push_back(next);
    }
  }
  RC_ASSERT(schedule.done());
  for (std::size_t i = 0; i < s.listings.size(); ++i) {
    RC_ASSERT(performed[i] == s.listings[i].events.size());
  }
}

}  // namespace
}  // namespace passbook
