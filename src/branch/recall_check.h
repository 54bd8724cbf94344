// SPDX-License-Identifier: Apache-2.0
// Checks the data read back from a journal before use, since somebody may have changed it. Finds
// anything that no branch of this bank can have written.
#pragma once

#include <optional>
#include <string>

#include "branch/logs.h"
#include "ledger/bank.h"
#include "protocol/records.h"

namespace passbook {

/// A clock read from a journal must be below this. Then the branch can run longer than any branch
/// does before a stamp is too high for a block.
inline constexpr Stamp kHighestRecalledStamp{kNumberLimit - (std::uint64_t{1} << 40U)};

// Each returns why a branch of the bank can't have written this, or nothing. The ledger checks the
// accounts of a snapshot.
std::optional<std::string> problem_of(const Snapshot& snapshot, const Bank& bank);
std::optional<std::string> problem_of(const Seal& seal, const Bank& bank);
std::optional<std::string> problem_of(const Recovery& recovery, const Bank& bank);
std::optional<std::string> problem_of(const Refusal& refusal, Origin self);

/// Why a block can't be the next one applied after those in `logs`, or nothing. Does not check
/// whether its entries keep the ledger's rules.
std::optional<std::string> problem_of(const Block& block, const Logs& logs, const Bank& bank);
/// Why an entry can't belong to the bank, or nothing.
std::optional<std::string> problem_of(const Entry& entry, const Bank& bank);

/// "entry 17 of branch 2, incarnation 1"
std::string name_of(EntryId entry);

}  // namespace passbook
