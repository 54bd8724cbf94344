// SPDX-License-Identifier: Apache-2.0
#include "base/money.h"

#include <fmt/format.h>

#include <cstddef>

#include "base/check.h"

namespace passbook {
namespace {

constexpr int kDecimals = 2;

struct DecimalText {
  bool negative = false;
  std::string digits;      // without the point
  std::int64_t scale = 0;  // digits after the point, minus the exponent
};

std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t count = 0;
  while (from + count < text.size() && text[from + count] >= '0' && text[from + count] <= '9') {
    ++count;
  }
  return count;
}

/// The exponent after an `e`; nothing if the text is not an exponent. Huge ones are clamped: the
/// amount is out of range or zero either way.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.empty() || digits_at(text, 0) != text.size()) {
    return std::nullopt;
  }
  constexpr std::int64_t kClamp = 1'000'000;
  std::int64_t value = 0;
  for (const char c : text) {
    value = value > kClamp ? kClamp : value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

std::optional<DecimalText> split_decimal(std::string_view text) {
  DecimalText out;
  out.negative = text.starts_with('-');
  std::size_t at = out.negative ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0) {
    return std::nullopt;
  }
  out.digits = text.substr(at, whole);
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) {
      return std::nullopt;
    }
    out.digits += text.substr(at + 1, fraction);
    out.scale = static_cast<std::int64_t>(fraction);
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const auto exponent = parse_exponent(text.substr(at + 1));
    if (!exponent) {
      return std::nullopt;
    }
    out.scale -= *exponent;
    at = text.size();
  }
  return at == text.size() ? std::optional(out) : std::nullopt;
}

/// Brings the digits to exactly two decimal places. Refuses to drop a digit that is not zero.
std::expected<std::string, MoneyError> to_minor_digits(DecimalText decimal) {
  std::string& digits = decimal.digits;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) {
    return std::string("0");
  }
  while (decimal.scale > kDecimals) {
    if (digits.empty()) {
      break;
    }
    if (digits.back() != '0') {
      return std::unexpected(MoneyError::too_precise);
    }
    digits.pop_back();
    --decimal.scale;
  }
  constexpr std::int64_t kMostDigits = 20;
  if (static_cast<std::int64_t>(digits.size()) + kDecimals - decimal.scale > kMostDigits) {
    return std::unexpected(MoneyError::out_of_range);
  }
  digits.append(static_cast<std::size_t>(kDecimals - decimal.scale), '0');
  return digits;
}

}  // namespace

std::optional<Money> checked_add(Money a, Money b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.minor, b.minor, &sum)) {
    return std::nullopt;
  }
  return Money{sum};
}

Money& Money::operator+=(Money other) {
  PASSBOOK_CHECK(!__builtin_add_overflow(minor, other.minor, &minor), "money overflow");
  return *this;
}

Money& Money::operator-=(Money other) {
  PASSBOOK_CHECK(!__builtin_sub_overflow(minor, other.minor, &minor), "money overflow");
  return *this;
}

std::expected<Money, MoneyError> parse_money(std::string_view text) {
  const auto decimal = split_decimal(text);
  if (!decimal) {
    return std::unexpected(MoneyError::not_a_number);
  }
  const auto digits = to_minor_digits(*decimal);
  if (!digits) {
    return std::unexpected(digits.error());
  }
  std::int64_t value = 0;
  for (const char c : *digits) {
    const int digit = decimal->negative ? -(c - '0') : c - '0';
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
      return std::unexpected(MoneyError::out_of_range);
    }
  }
  return Money{value};
}

std::string_view describe(MoneyError error) {
  switch (error) {
    case MoneyError::not_a_number:
      return "is not a number";
    case MoneyError::too_precise:
      return "has more than two decimal places";
    case MoneyError::out_of_range:
      return "is larger than a ledger can hold";
  }
  return "";
}

std::string to_string(Money amount) {
  const std::int64_t whole = amount.minor / 100;
  const std::int64_t cents = amount.minor % 100;
  if (cents == 0) {
    return fmt::format("{}", whole);
  }
  return fmt::format("{}{}.{:02}", amount.minor < 0 ? "-" : "", whole < 0 ? -whole : whole,
                     cents < 0 ? -cents : cents);
}

}  // namespace passbook
