// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/sequential_bank.h"

namespace passbook {
namespace {

CustomerEvent event(Interface interface, std::int64_t money = 0) {
  return {std::nullopt, interface, BranchId{1}, Money{money}};
}

EventResult success(std::int64_t balance) { return {ResultWord::success, "", Money{balance}}; }

TEST(PerformSequentially, OneBalancePassesThroughAllListings) {
  const Scenario scenario{
      {{CustomerId{2}, {event(Interface::deposit, 5), event(Interface::query)}},
       {CustomerId{1}, {event(Interface::withdraw, 16), event(Interface::withdraw, 15)}},
       {CustomerId{2}, {event(Interface::query)}}},
      {{BranchId{1}, std::nullopt}},
      Money{10},
      {}};
  const ScenarioResults expected = {
      {success(15), success(15)},
      {{ResultWord::fail, "INSUFFICIENT_FUNDS", Money{15}}, success(0)},
      {success(0)}};
  EXPECT_EQ(perform_sequentially(scenario), expected);
}

TEST(PerformSequentially, WhatDoesNotFitFails) {
  const Scenario scenario{
      {{CustomerId{1}, {event(Interface::deposit, 1), event(Interface::query)}}},
      {{BranchId{1}, std::nullopt}},
      Money::max(),
      {}};
  const EventResult full{ResultWord::fail, "OVERFLOW", Money::max()};
  EXPECT_EQ(perform_sequentially(scenario), (ScenarioResults{{full, success(Money::max().minor)}}));
}

}  // namespace
}  // namespace passbook
