// SPDX-License-Identifier: Apache-2.0
// Money: whole minor units (cents), with arithmetic that never overflows silently. Text is read and
// written exactly; no amount ever passes through floating point.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace passbook {

/// An amount in minor units. 400 in a scenario file is Money{40000}.
struct Money {
  std::int64_t minor = 0;

  constexpr Money() = default;
  constexpr explicit Money(std::int64_t units) : minor(units) {}
  constexpr auto operator<=>(const Money&) const = default;

  /// Aborts on overflow. For sums that the rules of acceptance have already bounded.
  Money& operator+=(Money other);
  Money& operator-=(Money other);
  friend Money operator+(Money a, Money b) { return a += b; }
  friend Money operator-(Money a, Money b) { return a -= b; }

  static constexpr Money max() { return Money{std::numeric_limits<std::int64_t>::max()}; }
};

/// The sum, or nothing if it overflows.
std::optional<Money> checked_add(Money a, Money b);

/// Why a text is not an amount.
enum class MoneyError {
  not_a_number,  ///< not an optional minus, digits, and an optional fraction or exponent
  too_precise,   ///< more than two decimal places that are not zero
  out_of_range,  ///< more minor units than an int64 holds
};

/// Reads a JSON number's text ("10", "10.10", "1e2") exactly.
std::expected<Money, MoneyError> parse_money(std::string_view text);

/// A description that follows "the amount": "is not a number", ...
std::string_view describe(MoneyError error);

/// "400" for whole amounts, "400.50" otherwise; a leading minus when negative.
std::string to_string(Money amount);

}  // namespace passbook
