// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/guarantees.h"

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};

CustomerEvent event(Interface interface, std::uint32_t branch, std::int64_t money = 0) {
  return {
      .id = {}, .interface = interface, .branch = BranchId{branch}, .money = Money{money * 100}};
}

/// A write that became the entry `own`, at a branch that had also applied `applied`.
Performed wrote(EntryId own, VersionVector applied) {
  applied.raise(own);
  return {.result = {}, .write = own, .applied = applied};
}
Performed read(VersionVector applied) { return {.result = {}, .write = {}, .applied = applied}; }

std::vector<std::string> lines(const Scenario& scenario, const ScenarioPerformed& performed) {
  std::vector<std::string> out;
  for (const BrokenGuarantee& broken : broken_guarantees(scenario, performed)) {
    out.push_back(describe(scenario, broken));
  }
  return out;
}

Scenario scenario(std::vector<Listing> listings) {
  return {.listings = std::move(listings), .branches = {}, .opening = {}, .dialect = {}};
}

TEST(BrokenGuarantees, AReadThatLacksAnOwnWriteBreaksReadYourWrites) {
  const Scenario s =
      scenario({{CustomerId{1}, {event(Interface::deposit, 1, 400), event(Interface::query, 2)}}});
  const EntryId first{kA, Sequence{1}};
  EXPECT_THAT(
      lines(s, {{wrote(first, {}), read({})}}),
      ElementsAre("customer 1, event 2 (query at branch 2): read your writes broken: branch 2 "
                  "lacked customer 1's event 1 (deposit 400 at branch 1)",
                  "customer 1, event 2 (query at branch 2): monotonic reads broken: branch 2 "
                  "lacked customer 1's event 1 (deposit 400 at branch 1)"));
  EXPECT_THAT(lines(s, {{wrote(first, {}), read({first})}}), IsEmpty());
}

TEST(BrokenGuarantees, AWriteAcceptedBeforeTheOneBeforeItBreaksMonotonicWrites) {
  const Scenario s = scenario(
      {{CustomerId{1}, {event(Interface::deposit, 1, 100), event(Interface::deposit, 2, 10)}},
       {CustomerId{2}, {event(Interface::query, 2)}}});
  const EntryId first{kA, Sequence{1}};
  const EntryId second{kB, Sequence{1}};
  const auto found =
      broken_guarantees(s, {{wrote(first, {}), wrote(second, {})}, {read({second})}});
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].guarantee, "monotonic writes");
  EXPECT_EQ(found[1].guarantee, "writes follow reads");
  EXPECT_EQ(found[2].listing, 1U);
  EXPECT_EQ(found[2].guarantee, "monotonic writes");
  EXPECT_EQ(found[2].missed,
            "customer 1's event 1 (deposit 100 at branch 1); it showed customer 1's event 2 "
            "(deposit 10 at branch 2)");
}

TEST(BrokenGuarantees, AReadThatShowsLessThanTheOneBeforeBreaksMonotonicReads) {
  const Scenario s =
      scenario({{CustomerId{1}, {event(Interface::query, 1), event(Interface::query, 2)}},
                {CustomerId{2}, {event(Interface::deposit, 1, 5)}}});
  const EntryId write{kA, Sequence{1}};
  EXPECT_THAT(
      lines(s, {{read({write}), read({})}, {wrote(write, {})}}),
      ElementsAre("customer 1, event 2 (query at branch 2): monotonic reads broken: branch 2 "
                  "lacked customer 2's event 1 (deposit 5 at branch 1)"));
}

TEST(BrokenGuarantees, AWriteMadeWhereWhatWasReadIsLackingBreaksWritesFollowReads) {
  const Scenario s =
      scenario({{CustomerId{1}, {event(Interface::query, 1), event(Interface::deposit, 2, 7)}}});
  const EntryId read_before{kA, Sequence{2}};
  EXPECT_THAT(
      lines(s, {{read({read_before}), wrote({kB, Sequence{1}}, {})}}),
      ElementsAre("customer 1, event 2 (deposit 7 at branch 2): writes follow reads broken: "
                  "branch 2 lacked entries of branch 1"));
}

TEST(BrokenGuarantees, WhatWasNeverAnsweredBreaksNothing) {
  const Scenario s =
      scenario({{CustomerId{1}, {event(Interface::deposit, 1, 4), event(Interface::query, 2)}}});
  EXPECT_THAT(lines(s, {{wrote({kA, Sequence{1}}, {}), {}}}), IsEmpty());
}

}  // namespace
}  // namespace passbook
