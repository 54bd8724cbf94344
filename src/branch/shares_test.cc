// SPDX-License-Identifier: Apache-2.0
#include "branch/shares.h"

namespace passbook {
namespace {

constexpr CustomerId kGreedy{1};

TEST(Shares, OneCustomerAloneTakesHalfAndNoMoreOfTheRest) {
  Shares shares(100);
  while (shares.has_left_for(kGreedy)) {
    shares.take(kGreedy);
  }
  EXPECT_EQ(shares.taken(), 50U);
}

TEST(Shares, WhoComesAfterAGreedyOneFindsSomeLeft) {
  Shares shares(100);
  while (shares.has_left_for(kGreedy)) {
    shares.take(kGreedy);
  }
  for (std::uint32_t customer = 2; customer <= 26; ++customer) {
    EXPECT_TRUE(shares.has_left_for(CustomerId{customer}));
    shares.take(CustomerId{customer});
  }
  EXPECT_FALSE(shares.has_left_for(kGreedy));
}

TEST(Shares, ManyAreServedOneEachUntilAllIsTaken) {
  Shares shares(100);
  std::uint32_t served = 0;
  for (std::uint32_t customer = 1; customer <= 500; ++customer) {
    if (shares.has_left_for(CustomerId{customer})) {
      shares.take(CustomerId{customer});
      ++served;
    }
  }
  EXPECT_EQ(served, 100U);
}

TEST(Shares, WhatIsGivenBackIsThereForAnyone) {
  Shares shares(4);
  shares.take(kGreedy);
  shares.take(kGreedy);
  EXPECT_FALSE(shares.has_left_for(kGreedy));
  shares.give_back(kGreedy);
  EXPECT_TRUE(shares.has_left_for(kGreedy));
  shares.give_back(kGreedy);
  EXPECT_EQ(shares.taken(), 0U);
}

}  // namespace
}  // namespace passbook
