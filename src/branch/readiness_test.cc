// SPDX-License-Identifier: Apache-2.0
#include "branch/readiness.h"

#include <gtest/gtest.h>

namespace passbook {
namespace {

using std::chrono::seconds;

constexpr BranchId kSelf{2};
constexpr Instant kNow{};

class ReadinessTest : public testing::Test {
 protected:
  ReadinessTest() { readiness.begin(kNow); }

  Bank bank{{BranchId{1}, kSelf, BranchId{3}}, {{kSharedAccount, Money{}, Money{}}}};
  BranchOptions options{.listen_first = seconds(2)};
  Topology topology{bank.branches, kSelf};
  State state{bank, Origin{kSelf}};
  Readiness readiness{topology, options, state};
};

TEST_F(ReadinessTest, WritesAreTakenAsSoonAsTheLastNeighbourIsHeard) {
  readiness.heard(BranchId{1});
  EXPECT_FALSE(readiness.takes_writes());
  EXPECT_EQ(readiness.wake(), kNow + options.listen_first);
  readiness.heard(BranchId{3});
  EXPECT_TRUE(readiness.takes_writes()) << "in the same step: nobody may come for another";
  EXPECT_EQ(readiness.wake(), kNever);
}

TEST_F(ReadinessTest, ThereIsNoWaitForThoseWithoutWhomItIsToGoOn) {
  options.without = {BranchId{3}};
  Readiness without(topology, options, state);
  without.begin(kNow);
  EXPECT_FALSE(without.takes_writes());
  without.heard(BranchId{1});
  EXPECT_TRUE(without.takes_writes());
}

TEST_F(ReadinessTest, WritesAreTakenWhenTheTimeToListenIsOver) {
  readiness.heard(BranchId{1});
  readiness.tick(readiness.wake() - Duration(1));
  EXPECT_FALSE(readiness.takes_writes());
  readiness.tick(readiness.wake());
  EXPECT_TRUE(readiness.takes_writes());
  EXPECT_EQ(readiness.wake(), kNever);
}

}  // namespace
}  // namespace passbook
