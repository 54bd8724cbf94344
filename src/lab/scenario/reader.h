// SPDX-License-Identifier: Apache-2.0
// Reads a scenario file, in every dialect.
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

/// A scenario and what there is to say about its file, each a line that starts with a place.
struct ReadScenario {
  Scenario scenario;
  std::vector<std::string> notes;     ///< what the lenient reading tolerated, each kind once
  std::vector<std::string> warnings;  ///< unknown keys, repeated ids
};

/// Whether to accept what pasted files get wrong.
enum class Leniency { strict, lenient };

/// Reads a scenario. Whatever is read strictly is read leniently to the same effect. Places are
/// those of `text` as it was given. The events of a listing are in the order of their ids when
/// all have one and none repeats, else as listed. Amounts are exact; no number passes through
/// floating point. The hint names `--lenient` exactly when a lenient reading succeeds.
std::expected<ReadScenario, InputError> read_scenario(std::string_view text,
                                                      std::string_view file_name,
                                                      Leniency leniency);

}  // namespace passbook
