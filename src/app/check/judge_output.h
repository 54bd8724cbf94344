// SPDX-License-Identifier: Apache-2.0
// Judges one output file of one scenario.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "app/check/check_output.h"
#include "lab/scenario/output_check.h"
#include "lab/scenario/reader.h"
#include "rpc/clock.h"

namespace passbook {

/// From the best to the worst.
enum class Ruling : std::uint8_t { right, undecided, wrong, unreadable };
inline constexpr std::array kRulings = {Ruling::right, Ruling::wrong, Ruling::unreadable,
                                        Ruling::undecided};

std::string_view to_string(Ruling ruling);

/// The exit status.
int status_of(Ruling ruling);

/// A file and its verdict.
struct Judged {
  std::string file;
  std::string scenario;  ///< the file of the scenario
  Ruling ruling = Ruling::unreadable;
  Verdict verdict = {};
  std::vector<std::string> notes = {};
};

/// The arguments, resolved for one scenario.
struct Choices {
  std::string file;
  ReadScenario input;
  CheckChoices check;
  Duration budget{};
};

std::expected<Choices, std::string> choose(const OutputArguments& arguments,
                                           const std::string& input_file);

Judged judge_file(const std::string& file, const Choices& choices);

/// Judges a text as that of a file with this name.
Judged judge_text(std::string_view text, const std::string& file, const Choices& choices);

/// The first finding and the hints that may explain it, or "".
std::string first_finding(const Judged& judged);

}  // namespace passbook
