// SPDX-License-Identifier: Apache-2.0
// The small words of output files: numbers as programs print them, and what looks like an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "lab/scenario/json_tree.h"

namespace passbook {

/// ASCII only.
std::string lower_case(std::string text);

/// An amount as a program prints it.
struct Amount {
  Money money;
  bool rounded = false;  ///< it was less than a hundredth of a cent away
};

/// Reads an amount exactly, or the next cent when it is less than a hundredth of a cent away, as
/// sums in floating point are: 0.30000000000000004.
std::optional<Amount> read_amount(std::string_view text);

/// The positive integer that a float like "1.0" stands for.
std::optional<std::uint64_t> read_whole_float(std::string_view text);

/// A value as compact JSON, cut to a length that fits a message.
std::string json_text(const JsonValue& value);

/// An object with an "interface" and with a result or a balance.
bool holds_answer(const JsonValue& value);

/// An array with such an object in it.
bool holds_answers(const JsonValue& value);

}  // namespace passbook
