// SPDX-License-Identifier: Apache-2.0
// Records the history of one process in a file, while it happens.
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

  /// The branch has lost its disk.
  [[nodiscard]] bool disk_lost(BranchId self);

  /// The process begins, with the state and the number of records that it has kept.
  [[nodiscard]] bool begin(const State& kept, std::uint64_t records);

  /// Call before any effect of the step leaves the process.
  [[nodiscard]] bool step(const std::vector<Observation>& observations,
                          const std::vector<Record>& persist);

  /// The first `records` records of the journal are durable. Call before anything that waited for
  /// them leaves the process.
  [[nodiscard]] bool durable(std::uint64_t records);

  /// The process ends. `broken` is the reason if it can't go on. Otherwise it was asked to end, and
  /// `ledger` is its state.
  [[nodiscard]] bool end(const Ledger& ledger, const std::optional<std::string>& broken);

  const std::string& failure() const { return log_.failure(); }

 private:
  explicit BranchHistory(LineLog log) : log_(std::move(log)) {}

  LineLog log_;
  BranchId self_;
  std::uint64_t records_ = 0;  ///< in the journal
  std::uint64_t entries_ = 0;  ///< entries in these records
  std::uint64_t synced_ = 0;   ///< durable entries, as last recorded
  /// Pairs of (records, entries) after each step, until they are durable.
  std::deque<std::pair<std::uint64_t, std::uint64_t>> waiting_;
};

}  // namespace passbook
