// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/narration.h"

namespace passbook {
namespace {

using testing::ElementsAre;

constexpr BranchId kHere{2};
constexpr RequestId kRequest{{BranchId{2}}, {CustomerId{5}, 99}, 3};

Entry deposit() {
  return {.id = {{BranchId{2}}, Sequence{1}},
          .stamp = {},
          .request = kRequest,
          .change = Deposit{AccountId{1}, Money{17000}}};
}

TEST(Narration, TellsADepositFromItsArrivalToItsConfirmation) {
  const Operation operation = Deposit{AccountId{1}, Money{17000}};
  EXPECT_THAT(narrate(kHere, RequestSeen{kRequest, operation, Instant{}}).lines,
              ElementsAre("> branch 2 received deposit from customer 5 for the amount of $170"));
  EXPECT_THAT(
      narrate(kHere, Accepted{deposit(), Money{57000}, {BranchId{1}, BranchId{2}, BranchId{3}}})
          .lines,
      ElementsAre("> branch 2 balance is $570",
                  "*** propagating branch 2 deposit of $170 to branches [1, 3] ***"));
  EXPECT_THAT(narrate(BranchId{1}, Applied{deposit(), Money{57000}}).lines,
              ElementsAre("> branch 1 received deposit from branch 2 for the amount of $170",
                          "> branch 1 balance is $570"));
  EXPECT_THAT(narrate(kHere, Confirmed{deposit().id, kRequest, BranchId{1}}).lines,
              ElementsAre("< branch 2 confirms that branch 1 has it"));
}

TEST(Narration, TellsTheBalanceThatAQueryShowsAndNothingOfOtherAnswers) {
  const Query query{AccountId{1}};
  EXPECT_THAT(narrate(kHere, Replied{kRequest, query, Outcome::ok, Money{57000}}).lines,
              ElementsAre("> branch 2 balance is $570"));
  EXPECT_THAT(narrate(kHere, Replied{kRequest, query, Outcome::unavailable, {}}).lines,
              testing::IsEmpty());
  EXPECT_THAT(narrate(kHere, Replied{kRequest, Deposit{AccountId{1}, Money{17000}}, Outcome::ok,
                                     Money{57000}})
                  .lines,
              testing::IsEmpty());
}

TEST(Narration, ComesBackFromItsLineWithItsRequest) {
  const Narrated narrated{.request = kRequest,
                          .lines = {"> one", "\"two\""},
                          .at = Instant{Duration{1234567890123456}},
                          .arrives = true,
                          .applied = Money{-1050},
                          .confirmed = BranchId{3}};
  const auto read = read_narrated_line(write_line(narrated));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->request, kRequest);
  EXPECT_EQ(read->lines, narrated.lines);
  EXPECT_EQ(read->at, narrated.at);
  EXPECT_TRUE(read->arrives);
  EXPECT_EQ(read->applied, narrated.applied);
  EXPECT_EQ(read->confirmed, narrated.confirmed);
  EXPECT_EQ(read_narrated_line(write_line(Narrated{std::nullopt, {"x"}}))->request, std::nullopt);
  EXPECT_FALSE(read_narrated_line(write_line(Narrated{std::nullopt, {"x"}}))->arrives);
  EXPECT_EQ(read_narrated_line(R"({"listening":5})"), std::nullopt);
}

}  // namespace
}  // namespace passbook
