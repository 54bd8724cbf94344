// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

namespace passbook {
namespace {

TEST(Random, GivesThePublishedSequence) {
  // The reference values of SplitMix64 for the seed 1234567.
  Random random{1234567};
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(Random, StaysBelowTheBoundAndReachesAllOfIt) {
  Random random{1};
  std::vector<int> seen(7);
  for (int i = 0; i < 1000; ++i) {
    ++seen.at(random.below(7));
  }
  EXPECT_THAT(seen, testing::Each(testing::Gt(90)));
}

}  // namespace
}  // namespace passbook
