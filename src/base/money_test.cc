// SPDX-License-Identifier: Apache-2.0
#include "base/money.h"

namespace passbook {
namespace {

TEST(ParseMoney, ReadsWholeAmounts) {
  EXPECT_EQ(parse_money("400"), Money{40000});
  EXPECT_EQ(parse_money("0"), Money{0});
  EXPECT_EQ(parse_money("-7"), Money{-700});
}

TEST(ParseMoney, ReadsDecimalsExactly) {
  EXPECT_EQ(parse_money("10.10"), Money{1010});
  EXPECT_EQ(parse_money("0.29"), Money{29});
  EXPECT_EQ(parse_money("90071992547409.93"), Money{9007199254740993});
  EXPECT_EQ(parse_money("-0.5"), Money{-50});
}

TEST(ParseMoney, ReadsExponentsWithoutFloatingPoint) {
  EXPECT_EQ(parse_money("1e2"), Money{10000});
  EXPECT_EQ(parse_money("1.5E+1"), Money{1500});
  EXPECT_EQ(parse_money("100e-2"), Money{100});
  EXPECT_EQ(parse_money("0e999999999"), Money{0});
}

TEST(ParseMoney, DropsOnlyZeros) {
  EXPECT_EQ(parse_money("1.2300"), Money{123});
  EXPECT_EQ(parse_money("1.234"), std::unexpected(MoneyError::too_precise));
  EXPECT_EQ(parse_money("1e-3"), std::unexpected(MoneyError::too_precise));
  EXPECT_EQ(parse_money("1e-99999999"), std::unexpected(MoneyError::too_precise));
}

TEST(ParseMoney, RefusesWhatDoesNotFit) {
  EXPECT_EQ(parse_money("92233720368547758.07"), Money::max());
  EXPECT_EQ(parse_money("92233720368547758.08"), std::unexpected(MoneyError::out_of_range));
  EXPECT_EQ(parse_money("-92233720368547758.08"), Money{std::numeric_limits<std::int64_t>::min()});
  EXPECT_EQ(parse_money("1e18"), std::unexpected(MoneyError::out_of_range));
  EXPECT_EQ(parse_money("1e999999999999999999999"), std::unexpected(MoneyError::out_of_range));
}

TEST(ParseMoney, RefusesWhatIsNoNumber) {
  for (const auto* text : {"", "-", "abc", "1.", ".5", "1e", "1e+", "1 ", " 1", "0x10", "--1",
                           "1.2.3", "NaN", "+1", "1e2e3"}) {
    EXPECT_EQ(parse_money(text), std::unexpected(MoneyError::not_a_number)) << text;
  }
}

TEST(FormatMoney, PrintsWholeAmountsAsIntegersAndOthersWithTwoDecimals) {
  EXPECT_EQ(to_string(Money{40000}), "400");
  EXPECT_EQ(to_string(Money{40050}), "400.50");
  EXPECT_EQ(to_string(Money{5}), "0.05");
  EXPECT_EQ(to_string(Money{-5}), "-0.05");
  EXPECT_EQ(to_string(Money{-12345}), "-123.45");
  EXPECT_EQ(to_string(Money{std::numeric_limits<std::int64_t>::min()}), "-92233720368547758.08");
}

TEST(CheckedAdd, GivesNothingWhenTheSumDoesNotFit) {
  EXPECT_EQ(checked_add(Money{1}, Money{2}), Money{3});
  EXPECT_EQ(checked_add(Money::max(), Money{1}), std::nullopt);
  EXPECT_EQ(checked_add(Money{std::numeric_limits<std::int64_t>::min()}, Money{-1}), std::nullopt);
}

TEST(MoneyDeathTest, OverflowOfABoundedSumAborts) {
  EXPECT_DEATH(Money::max() + Money{1}, "money overflow");
}

}  // namespace
}  // namespace passbook
