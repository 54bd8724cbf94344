// SPDX-License-Identifier: Apache-2.0
#include "causal/lamport.h"

#include <gtest/gtest.h>

namespace passbook {
namespace {

TEST(LamportClock, EveryReceiptIsLaterThanItsSendAndThanAllBefore) {
  LamportClock clock;
  EXPECT_EQ(clock.tick(), Stamp{1});
  EXPECT_EQ(clock.receive(Stamp{7}), Stamp{8});
  EXPECT_EQ(clock.receive(Stamp{3}), Stamp{9});
  EXPECT_EQ(clock.last(), Stamp{9});
}

TEST(LamportClock, AMessageOfManySendsIsAsManyReceiptsEachAfterItsOwnSend) {
  for (const std::uint64_t before : {0U, 5U, 20U}) {
    LamportClock one_by_one;
    LamportClock together;
    one_by_one.observe(Stamp{before});
    together.observe(Stamp{before});
    const Stamp first = together.receive(Stamp{10}, 3);
    EXPECT_EQ(one_by_one.receive(Stamp{10}), first);
    one_by_one.receive(Stamp{11});
    EXPECT_EQ(one_by_one.receive(Stamp{12}), together.last());
  }
}

TEST(LamportClock, ManyTicksAtOnceAreAsManyOneByOne) {
  LamportClock clock;
  EXPECT_EQ(clock.tick(4), Stamp{1});
  EXPECT_EQ(clock.tick(), Stamp{5});
}

}  // namespace
}  // namespace passbook
