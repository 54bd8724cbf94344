// SPDX-License-Identifier: Apache-2.0
// Reads a scenario file of any dialect.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario/scenario.h"

namespace passbook {

/// Why an input can't be used.
struct InputError {
  std::string message;  ///< one line: "FILE:LINE:COLUMN: what", with customer and event if any
  std::string hint;     ///< what would help, e.g. "--lenient accepts trailing commas"; may be empty

  bool operator==(const InputError&) const = default;
};

/// Message and hint in one line.
std::string describe(const InputError& error);

/// A scenario, and remarks on its file. Each remark is one line that starts with a place.
struct ReadScenario {
  Scenario scenario;
  std::vector<std::string> notes;     ///< what the lenient reading tolerated, each kind once
  std::vector<std::string> warnings;  ///< unknown keys, repeated ids
};

/// Whether to accept common mistakes in pasted files.
enum class Leniency { strict, lenient };

/// Reads a scenario. If a strict reading accepts a file, a lenient one gives the same scenario.
/// Places are those in `text`. The events of a listing are in the order of their ids if all have
/// one and none repeats, else as listed. Amounts are exact, because no number passes through
/// floating point. The hint names `--lenient` if and only if a lenient reading succeeds.
std::expected<ReadScenario, InputError> read_scenario(std::string_view text,
                                                      std::string_view file_name,
                                                      Leniency leniency);

}  // namespace passbook
