// SPDX-License-Identifier: Apache-2.0
// Helpers for reading output files: numbers as programs print them, and what looks like an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "lab/scenario/json_tree.h"

namespace passbook {

/// Changes ASCII letters only.
std::string lower_case(std::string text);

/// An amount as a program prints it.
struct Amount {
  Money money;
  bool rounded = false;  ///< the text was off by less than 0.01 cent
};

/// Reads an amount in whole cents, or rounds one that is off by less than 0.01 cent, as sums in
/// floating point are: 0.30000000000000004.
std::optional<Amount> read_amount(std::string_view text);

/// Reads a positive integer that is written as a float, like "1.0".
std::optional<std::uint64_t> read_whole_float(std::string_view text);

/// A value as compact JSON, truncated to fit in a message.
std::string json_text(const JsonValue& value);

/// Whether a value is an answer: an object with an "interface" and a "result" or a "balance".
bool holds_answer(const JsonValue& value);

/// Whether a value is an array with an answer in it.
bool holds_answers(const JsonValue& value);

}  // namespace passbook
