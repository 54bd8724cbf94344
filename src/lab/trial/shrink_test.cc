// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/shrink.h"

#include <algorithm>

#include "lab/trial/course.h"

namespace passbook::trial {
namespace {

std::size_t count(const Scenario& scenario, Interface interface) {
  std::size_t out = 0;
  for (const Listing& listing : scenario.listings) {
    out += static_cast<std::size_t>(
        std::ranges::count(listing.events, interface, &CustomerEvent::interface));
  }
  return out;
}

const Scenario& course(std::string_view name) {
  static const auto kCases = course_cases();
  return std::ranges::find(kCases, name, &CourseCase::name)->scenario;
}

TEST(Shrink, WhatFailsForTwoOfFiftyCustomersKeepsTheseTwo) {
  std::size_t runs = 0;
  const Scenario out = shrink(course("fifty-branches"), [&](const Scenario& scenario) {
    ++runs;
    const auto has = [&](std::uint64_t id) {
      return std::ranges::any_of(scenario.listings, [&](const Listing& listing) {
        return listing.customer == CustomerId{id} &&
               listing.events.front().interface == Interface::deposit;
      });
    };
    return has(17) && has(40);
  });
  ASSERT_EQ(out.listings.size(), 2U);
  EXPECT_EQ(out.branches.size(), 2U) << "those that they visit";
  for (const Listing& listing : out.listings) {
    ASSERT_EQ(listing.events.size(), 1U);
    EXPECT_EQ(listing.events[0].money, Money{100});
  }
  EXPECT_LT(runs, 120U);
}

TEST(Shrink, BranchesThatNobodyVisitsStayIfTheirNumberMatters) {
  const Scenario out = shrink(course("fifty-branches"), [](const Scenario& scenario) {
    return scenario.branches.size() > 32;
  });
  EXPECT_EQ(out.branches.size(), 33U);
  EXPECT_EQ(count_events(out), 1U);
}

TEST(Shrink, WhatFailsWithAnyQueryKeepsOne) {
  const Scenario out = shrink(course("two-rounds"), [](const Scenario& scenario) {
    return count(scenario, Interface::query) > 0;
  });
  EXPECT_EQ(count_events(out), 1U);
  EXPECT_EQ(out.branches.size(), 1U);
}

TEST(Shrink, WhatNothingSmallerShowsStays) {
  const Scenario& whole = course("sample");
  EXPECT_EQ(shrink(whole, [](const Scenario&) { return false; }), whole);
}

TEST(Shrink, EventsOfOneCustomerStayInOrder) {
  const Scenario out = shrink(course("refused"), [](const Scenario& scenario) {
    return count(scenario, Interface::deposit) == 1 && count(scenario, Interface::withdraw) == 2;
  });
  EXPECT_EQ(count_events(out), 3U);
  for (const Listing& listing : out.listings) {
    EXPECT_TRUE(std::ranges::is_sorted(listing.events, {}, &CustomerEvent::id));
  }
}

}  // namespace
}  // namespace passbook::trial
