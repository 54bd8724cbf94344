// SPDX-License-Identifier: Apache-2.0
// What a journal gives back may have been changed by others: what no branch of this bank can have
// written is found before it is used.
#pragma once

#include <optional>
#include <string>

#include "branch/logs.h"
#include "ledger/bank.h"
#include "protocol/records.h"

namespace passbook {

/// A clock that a journal leaves behind is below this, so that it can go on for longer than any
/// branch runs before a stamp is too high for a block.
inline constexpr Stamp kHighestRecalledStamp{kNumberLimit - (std::uint64_t{1} << 40U)};

// Each says why this can't be what a branch of the bank wrote down, or nothing. The accounts of a
// snapshot are checked by the ledger.
std::optional<std::string> problem_of(const Snapshot& snapshot, const Bank& bank);
std::optional<std::string> problem_of(const Seal& seal, const Bank& bank);
std::optional<std::string> problem_of(const Recovery& recovery, const Bank& bank);
std::optional<std::string> problem_of(const Refusal& refusal, Origin self);

/// Why a block can't be the next that was applied after those in `logs`, or nothing. Whether its
/// entries keep the rules of the ledger is not looked at.
std::optional<std::string> problem_of(const Block& block, const Logs& logs, const Bank& bank);
/// Why an entry can't be one of the bank, or nothing.
std::optional<std::string> problem_of(const Entry& entry, const Bank& bank);

/// "entry 17 of branch 2, incarnation 1"
std::string name_of(EntryId entry);

}  // namespace passbook
