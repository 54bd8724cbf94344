// SPDX-License-Identifier: Apache-2.0
// The story of a bank in sentences: what each branch received, accepted, passed on and confirmed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "branch/step.h"

namespace passbook {

/// Some lines about one event at a branch, and the request that it belongs to.
struct Narrated {
  std::optional<RequestId> request;
  std::vector<std::string> lines;
  Instant at{};                         ///< when it was written down
  bool arrives = false;                 ///< this is the request's arrival
  std::optional<Money> applied{};       ///< the balance after another branch's entry was applied
  std::optional<BranchId> confirmed{};  ///< the branch that confirmed the entry to this one
};

Narrated narrate(BranchId at, const Observation& observation);

/// The line for a confirmation by a branch whose balance after the entry is known.
std::string confirmation(BranchId at, BranchId by, Money balance);

/// The line of a branch's log for an answer. Empty for any other observation.
std::string answer_line(const Observation& observation);

/// One JSON line, and back.
std::string write_line(const Narrated& narrated);
std::optional<Narrated> read_narrated_line(const std::string& line);

}  // namespace passbook
