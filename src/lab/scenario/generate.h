// SPDX-License-Identifier: Apache-2.0
// Makes scenarios up, from a seed.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "lab/scenario/scenario.h"

namespace passbook {

/// How a made-up scenario is written.
enum class GeneratedDialect : std::uint8_t {
  spec,    ///< each customer at the branch with its id
  money,   ///< the same, and queries carry "money"
  dest,    ///< customers go from branch to branch, named by "dest"
  branch,  ///< the same, named by "branch"
  clock,   ///< as spec, with "customer-requests", which are all writes
};

/// Nothing when no dialect has that name.
std::optional<GeneratedDialect> generated_dialect_named(std::string_view name);

/// What is wanted.
struct GenerateOptions {
  std::uint64_t branches = 3;
  std::uint64_t customers = 3;
  std::uint64_t events = 10;  ///< of all customers together, shared out evenly
  std::uint64_t seed = 1;
  GeneratedDialect dialect = GeneratedDialect::spec;
  bool refusals = false;  ///< whether withdrawals fail, one at least
};

/// The same options give the same scenario, everywhere. The ids of branches, customers and events
/// count from 1; the events of a customer end with a query, but for the dialect `clock` and
/// customers with one event. Withdrawals that should succeed come to no more than the opening, and
/// those that should fail are of more than the opening and all deposits: so every write ends in the
/// same way in every order, at the same time or one after another.
/// The error says which option is out of range.
std::expected<Scenario, std::string> generate(const GenerateOptions& options);

}  // namespace passbook
