// SPDX-License-Identifier: Apache-2.0
// Generates scenarios from a seed.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lab/scenario/scenario.h"

namespace passbook {

/// The dialect of a generated scenario.
enum class GeneratedDialect : std::uint8_t {
  spec,    ///< each customer uses the branch with its own id
  money,   ///< as spec, but queries carry "money"
  dest,    ///< customers go from branch to branch; "dest" names the branch
  branch,  ///< as dest, but "branch" names the branch
  clock,   ///< as spec, with "customer-requests", which are all writes
};

/// Nothing if no dialect has this name.
std::optional<GeneratedDialect> generated_dialect_named(std::string_view name);

/// What to generate.
struct GenerateOptions {
  std::uint64_t branches = 3;
  std::uint64_t customers = 3;
  std::uint64_t events = 10;  ///< in total, spread evenly over the customers
  std::uint64_t seed = 1;
  GeneratedDialect dialect = GeneratedDialect::spec;
  bool refusals = false;  ///< whether some withdrawals fail, at least one
};

/// The same options give the same scenario on every platform. Ids of branches, customers and events
/// count from 1. A customer's last event is a query, except in the dialect `clock` and if it is
/// the only one. Withdrawals meant to succeed add up to at most the opening. Each one meant to
/// fail is larger than the opening and all deposits together. So every write has the same outcome
/// in any order, concurrent or not.
/// The error says which option is out of range.
std::expected<Scenario, std::string> generate(const GenerateOptions& options);

}  // namespace passbook
