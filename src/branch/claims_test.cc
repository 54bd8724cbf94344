// SPDX-License-Identifier: Apache-2.0
#include "branch/claims.h"

#include <rapidcheck/gtest.h>

namespace passbook {
namespace {

constexpr BranchId kSelf{1};
constexpr BranchId kPeer{2};

Priority own(std::uint64_t stamp) { return {Stamp{stamp}, kSelf}; }
Priority peer(std::uint64_t stamp) { return {Stamp{stamp}, kPeer}; }

TEST(Claims, AnOlderClaimOfAPeerGetsAllThereIs) {
  Claims claims(kSelf);
  claims.put(own(5), Money{100});
  claims.put(peer(4), Money{300});
  const auto settlement = claims.settle(Money{150});
  EXPECT_THAT(settlement.give, testing::ElementsAre(Claims::Share{peer(4), Money{150}}));
  EXPECT_THAT(settlement.funded, testing::IsEmpty());
  EXPECT_THAT(settlement.lacking, testing::ElementsAre(Claims::Share{own(5), Money{100}}));
}

TEST(Claims, WhatIsGivenForAClaimThatIsOverChangesNothing) {
  Claims claims(kSelf);
  claims.given(peer(4), Money{50});
  EXPECT_TRUE(claims.empty());
  claims.put(peer(5), Money{100});
  claims.given(peer(4), Money{50});
  EXPECT_THAT(claims.settle(Money{150}).give,
              testing::ElementsAre(Claims::Share{peer(5), Money{100}}));
}

TEST(Claims, AnOlderOwnClaimIsReservedForBeforeAnythingIsGiven) {
  Claims claims(kSelf);
  claims.put(own(3), Money{100});
  claims.put(peer(4), Money{300});
  const auto settlement = claims.settle(Money{150});
  EXPECT_THAT(settlement.funded, testing::ElementsAre(own(3)));
  EXPECT_THAT(settlement.give, testing::ElementsAre(Claims::Share{peer(4), Money{50}}));
}

TEST(Claims, AtTheSameStampTheLowerBranchIsOlder) {
  Claims claims(kSelf);
  claims.put(own(4), Money{100});
  claims.put(peer(4), Money{100});
  EXPECT_THAT(claims.settle(Money{100}).funded, testing::ElementsAre(own(4)));
}

TEST(Claims, APeersClaimEndsWhenNothingIsLacking) {
  Claims claims(kSelf);
  claims.put(peer(4), Money{100});
  claims.given(peer(4), Money{60});
  EXPECT_THAT(claims.settle(Money{500}).give,
              testing::ElementsAre(Claims::Share{peer(4), Money{40}}));
  claims.given(peer(4), Money{40});
  EXPECT_TRUE(claims.empty());
}

TEST(Claims, AllClaimsOfAPeerEndWithIt) {
  Claims claims(kSelf);
  claims.put(peer(1), Money{1});
  claims.put(peer(2), Money{1});
  claims.put(own(3), Money{1});
  claims.remove_all_of(kPeer);
  EXPECT_THAT(claims.settle(Money{1}).funded, testing::ElementsAre(own(3)));
}

RC_GTEST_PROP(ClaimsProperty, NobodyGetsAnythingBeforeAllOlderOnesHaveAll, ()) {
  Claims claims(kSelf);
  std::map<Priority, std::int64_t> wanted;
  const auto count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) {
    const Priority priority{Stamp{*rc::gen::inRange<std::uint64_t>(1, 20)},
                            BranchId{*rc::gen::inRange<std::uint32_t>(1, 4)}};
    wanted[priority] = *rc::gen::inRange<std::int64_t>(1, 100);
    claims.put(priority, Money{wanted[priority]});
  }
  const auto rights = *rc::gen::inRange<std::int64_t>(0, 400);
  const auto settlement = claims.settle(Money{rights});

  std::map<Priority, std::int64_t> got;
  for (const auto& [priority, amount] : settlement.give) {
    got[priority] = amount.minor;
  }
  for (const Priority priority : settlement.funded) {
    got[priority] = wanted.at(priority);
  }
  for (const auto& [priority, amount] : settlement.lacking) {
    got[priority] = wanted.at(priority) - amount.minor;
  }
  std::int64_t sum = 0;
  bool short_before = false;
  for (const auto& [priority, amount] : wanted) {
    RC_ASSERT(got[priority] <= amount);
    RC_ASSERT(!short_before || got[priority] == 0);
    short_before = short_before || got[priority] < amount;
    sum += got[priority];
  }
  RC_ASSERT(sum <= rights);
  RC_ASSERT(!short_before || sum == rights);
}

}  // namespace
}  // namespace passbook
