// SPDX-License-Identifier: Apache-2.0
// Writes results as output files, in the styles of the dialects.
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
  full,     ///< one object per listing, each event with id, branch, result, reason and balance
  spec,     ///< one object per listing; writes have a result, queries a balance
  money,    ///< one object per listing; writes have a result, queries money and a result
  events,   ///< one object per event, with its branch; else as spec
  balance,  ///< one object per listing, with the balance of its last query
};

/// The name on the command line: "full", ...
std::string_view to_string(Style style);

/// Nothing if no style has this name.
std::optional<Style> style_named(std::string_view name);

/// The default style for a scenario of this dialect.
Style default_style(const Dialect& dialect);

/// The index of the listing's last query.
std::optional<std::size_t> last_query(const Listing& listing);

/// Strict JSON, one object of the array per line. `results` has a list for each listing and a
/// result for each of its events. A query that did not succeed shows its result and no balance.
std::string write_results(const Scenario& scenario, const ScenarioResults& results, Style style);

}  // namespace passbook
