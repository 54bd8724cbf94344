// SPDX-License-Identifier: Apache-2.0
// What happens to one process, written to its history file while it happens.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "branch/state.h"
#include "branch/step.h"
#include "lab/runner/line_log.h"
#include "ledger/bank.h"

namespace passbook {

/// The history of one branch process.
class BranchHistory {
 public:
  /// The error names the file.
  static std::expected<BranchHistory, std::string> open(const std::string& path, const Bank& bank);

  /// The branch had a disk before this life, and has lost it.
  [[nodiscard]] bool disk_lost(BranchId self);

  /// The process begins, with what it has kept: so many records in its journal.
  [[nodiscard]] bool begin(const State& kept, std::uint64_t records);

  /// To be called before anything that follows from the step leaves the process.
  [[nodiscard]] bool step(const std::vector<Observation>& observations,
                          const std::vector<Record>& persist);

  /// The first so many records of the journal are durable. To be called before anything that
  /// waited for them leaves the process.
  [[nodiscard]] bool durable(std::uint64_t records);

  /// The process ends: since it can't go on, if there is a reason; or since it was asked to, with
  /// what it has.
  [[nodiscard]] bool end(const Ledger& ledger, const std::optional<std::string>& broken);

  const std::string& failure() const { return log_.failure(); }

 private:
  explicit BranchHistory(LineLog log) : log_(std::move(log)) {}

  LineLog log_;
  BranchId self_;
  std::uint64_t records_ = 0;  ///< in the journal
  std::uint64_t entries_ = 0;  ///< among them
  std::uint64_t synced_ = 0;   ///< of them, as was told last
  /// After so many records, so many entries: once for each step, until they are durable.
  std::deque<std::pair<std::uint64_t, std::uint64_t>> waiting_;
};

}  // namespace passbook
