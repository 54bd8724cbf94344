// SPDX-License-Identifier: Apache-2.0
// Writes results as the output files of the scenarios' dialects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lab/scenario/scenario.h"

namespace passbook {

/// The shape of an output file; each is one JSON array in input order.
enum class Style : std::uint8_t {
  full,     ///< an object a listing, each event with id, branch, result, reason and balance
  spec,     ///< an object a listing; writes have a result, queries a balance
  money,    ///< an object a listing; writes have a result, queries money and a result
  events,   ///< an object an event, with its branch; else as spec
  balance,  ///< an object a listing, with the balance of its last query
};

/// The word of the command line: "full", ...
std::string_view to_string(Style style);

/// Nothing when no style has that name.
std::optional<Style> style_named(std::string_view name);

/// The style that goes with how the scenario was written.
Style natural_style(const Dialect& dialect);

/// The index of the listing's last query.
std::optional<std::size_t> last_query(const Listing& listing);

/// Strict JSON, one object of the array a line. `results` has a list for each listing and a
/// result for each of its events. A query that did not succeed shows its result and no balance.
std::string write_results(const Scenario& scenario, const ScenarioResults& results, Style style);

}  // namespace passbook
