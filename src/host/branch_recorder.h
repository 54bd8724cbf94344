// SPDX-License-Identifier: Apache-2.0
// What one branch does, written to its history and its trace while it happens.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "host/history_recorder.h"
#include "host/line_log.h"

namespace passbook {

/// Files to which a branch process adds what happens to it; those that are wanted.
struct BranchFiles {
  /// For judges: all that happens, before anyone else can know of it.
  std::optional<std::string> history;
  /// For looking at: every message, with its clocks.
  std::optional<std::string> trace;
};

/// Writes everything down before it has consequences. When that fails nothing may follow: a history
/// with holes must not be taken for a whole one. Each part says whether it was written.
class BranchRecorder {
 public:
  /// The error names the file.
  static std::expected<BranchRecorder, std::string> open(const BranchFiles& files, const Bank& bank,
                                                         BranchId self);

  /// As in BranchHistory.
  void disk_lost();
  [[nodiscard]] bool begin(const State& kept, std::uint64_t records);
  [[nodiscard]] bool step(const std::vector<Observation>& observations,
                          const std::vector<Record>& persist);
  [[nodiscard]] bool durable(std::uint64_t records);
  [[nodiscard]] bool end(const Ledger& ledger, const std::optional<std::string>& broken);

  /// Why it failed; empty when it did not.
  std::string failure() const;

 private:
  explicit BranchRecorder(BranchId self) : self_(self) {}
  bool write_trace();

  BranchId self_;
  std::optional<BranchHistory> history_;
  std::optional<LineLog> trace_;
};

}  // namespace passbook
