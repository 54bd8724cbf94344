// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/answer_words.h"

#include <algorithm>

namespace passbook {
namespace {

constexpr std::size_t kLongestText = 40;

/// Ignores the case of the object's keys.
bool has_key(const JsonObject& object, std::string_view key) {
  return std::ranges::any_of(
      object.members, [&](const JsonMember& member) { return lower_case(member.key) == key; });
}

/// A decimal number without its exponent: "1.5e-3" becomes "0.0015". Nothing if the exponent is not
/// a number, is positive, or is below -40.
std::optional<std::string> without_exponent(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  if (e == std::string_view::npos) {
    return std::string(text);
  }
  const bool negative = text.starts_with('-');
  const std::string_view mantissa = text.substr(negative ? 1 : 0, e - (negative ? 1 : 0));
  std::string_view exponent = text.substr(e + 1);
  const bool down = exponent.starts_with('-');
  if (down || exponent.starts_with('+')) {
    exponent.remove_prefix(1);
  }
  constexpr std::uint64_t kLargest = 40;
  const std::uint64_t shift = parse_positive_integer(exponent).value_or(kLargest + 1);
  if (!down || shift > kLargest) {
    return std::nullopt;
  }
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  std::string digits = std::string(shift, '0') + std::string(mantissa.substr(0, point));
  digits.insert(digits.size() - shift, ".");
  digits += mantissa.substr(std::min(point + 1, mantissa.size()));
  return (negative ? "-" : "") + digits;
}

void append(std::string& out, const JsonValue& value) {
  if (out.size() > kLongestText) {
    return;
  }
  if (const auto* object = value.as<JsonObject>()) {
    for (const JsonMember& member : object->members) {
      out += (&member == &object->members.front() ? "{" : ",") + json_string(member.key) + ":";
      append(out, member.value);
    }
    out += object->members.empty() ? "{}" : "}";
  } else if (const auto* array = value.as<JsonArray>()) {
    out += "[";
    for (const JsonValue& item : array->items) {
      out += &item == &array->items.front() ? "" : ",";
      append(out, item);
    }
    out += "]";
  } else if (const auto* text = value.as<std::string>()) {
    out += json_excerpt(*text);
  } else if (const auto* number = value.as<JsonNumber>()) {
    out += number->text;
  } else if (const auto* truth = value.as<bool>()) {
    out += *truth ? "true" : "false";
  } else {
    out += "null";
  }
}

}  // namespace

std::string lower_case(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

std::optional<Amount> read_amount(std::string_view text) {
  const auto exact = parse_money(text);
  if (exact) {
    return Amount{*exact};
  }
  const auto plain =
      exact.error() == MoneyError::too_precise ? without_exponent(text) : std::nullopt;
  const std::size_t point = plain ? plain->find('.') : std::string::npos;
  if (point == std::string::npos || plain->size() < point + 5) {
    return std::nullopt;
  }
  const std::string_view beyond = std::string_view(*plain).substr(point + 3, 2);
  const auto cut = parse_money(std::string_view(*plain).substr(0, point + 3));
  if (!cut || (beyond != "00" && beyond != "99")) {
    return std::nullopt;
  }
  const Money up{beyond == "00" ? 0 : plain->starts_with('-') ? -1 : 1};
  const auto rounded = checked_add(*cut, up);
  return rounded ? std::optional(Amount{*rounded, true}) : std::nullopt;
}

std::optional<std::uint64_t> read_whole_float(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || point + 1 == text.size() ||
      text.find_first_not_of('0', point + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return parse_positive_integer(text.substr(0, point));
}

std::string json_text(const JsonValue& value) {
  std::string out;
  append(out, value);
  if (out.size() <= kLongestText) {
    return out;
  }
  std::size_t end = kLongestText;
  while ((static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return out.substr(0, end) + "...";
}

bool holds_answer(const JsonValue& value) {
  const auto* object = value.as<JsonObject>();
  return object != nullptr && has_key(*object, "interface") &&
         (has_key(*object, "result") || has_key(*object, "balance"));
}

bool holds_answers(const JsonValue& value) {
  const auto* array = value.as<JsonArray>();
  return array != nullptr && std::ranges::any_of(array->items, holds_answer);
}

}  // namespace passbook
