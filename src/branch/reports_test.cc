// SPDX-License-Identifier: Apache-2.0
// Progress reports reach the branches that wait for them, whichever branch is away.
#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;

class Reports : public testing::Test {
 protected:
  /// A bank of so many branches in which only neighbours have streams. All have connected.
  static TestBank bank_of(std::uint32_t branches, std::size_t full_mesh = 1) {
    BranchOptions options;
    options.full_mesh = full_mesh;
    return TestBank({.branches = branches, .options = options});
  }

  /// A write at branch 1 that all must confirm within a second, which is before anyone is called
  /// for help.
  Answer deposit(TestBank& bank) { return bank.wait(bank.call(1, who.deposit(1, 5), seconds(1))); }

  TestCustomer who{1};
};

TEST_F(Reports, GoAroundTheOneThatUsuallyPassesThemOn) {
  for (std::uint32_t away = 2; away <= 12; ++away) {
    TestBank bank = bank_of(12);
    bank.run_for(seconds(5));
    bank.isolate(away);
    bank.run_for(seconds(5));
    EXPECT_THAT(deposit(bank).unreached, ElementsAre(BranchId{away}));
  }
}

TEST_F(Reports, OfAWriteThatWasUnderWayWhenOneWentGoAroundIt) {
  for (std::uint32_t away = 2; away <= 12; ++away) {
    TestBank bank = bank_of(12);
    bank.run_for(seconds(5));
    const CallId call = bank.call(1, who.deposit(1, 5), seconds(2));
    bank.run_for(milliseconds(2));
    bank.isolate(away);
    const Answer answer = bank.wait(call);  // branch `away` may have confirmed in time
    EXPECT_THAT(answer.unreached, AnyOf(IsEmpty(), ElementsAre(BranchId{away})));
  }
}

TEST_F(Reports, ComeOverAnotherWhereTwoCantSpeak) {
  for (const std::size_t full_mesh : {std::size_t{1}, std::size_t{12}}) {
    for (std::uint32_t other = 2; other <= 6; ++other) {
      TestBank bank = bank_of(6, full_mesh);
      bank.run_for(seconds(5));
      bank.cut(1, other);
      bank.run_for(seconds(5));
      const Answer answer = deposit(bank);
      EXPECT_EQ(answer.outcome, Outcome::ok) << full_mesh << " " << other;
      EXPECT_THAT(answer.unreached, IsEmpty());
    }
  }
}

}  // namespace
}  // namespace passbook
