// SPDX-License-Identifier: Apache-2.0
// How the word of who has what comes to those who wait for it, whoever is away.
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
  /// So many branches, of which none but neighbours stream to each other; they have met.
  static TestBank bank_of(std::uint32_t branches, std::size_t full_mesh = 1) {
    BranchOptions options;
    options.full_mesh = full_mesh;
    return TestBank({.branches = branches, .options = options});
  }

  /// A write at branch 1 that all are to confirm within a second, which is shorter than it takes
  /// until anyone is called for help.
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
    const Answer answer = bank.wait(call);  // that one may have said in time that it has it
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
