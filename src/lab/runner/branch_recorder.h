// SPDX-License-Identifier: Apache-2.0
// Records the history and the trace of one branch while it works.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "lab/runner/history_recorder.h"
#include "lab/runner/line_log.h"
#include "server/recorder.h"

namespace passbook {

/// The files to which a branch process appends its events. An absent file is not written.
struct BranchFiles {
  /// For judges: everything that happens, before anyone else can know of it.
  std::optional<std::string> history;
  /// For people: every message, with its clocks.
  std::optional<std::string> trace;
};

class BranchRecorder final : public Recorder {
 public:
  /// The error names the file.
  static std::expected<std::unique_ptr<Recorder>, std::string> open(const BranchFiles& files,
                                                                    const Bank& bank,
                                                                    BranchId self);

  bool wants_messages() const override { return trace_.has_value(); }
  bool disk_lost() override;
  [[nodiscard]] bool begin(const State& kept, std::uint64_t records) override;
  [[nodiscard]] bool step(const std::vector<Observation>& observations,
                          const std::vector<Record>& persist) override;
  [[nodiscard]] bool durable(std::uint64_t records) override;
  [[nodiscard]] bool end(const Ledger& ledger, const std::optional<std::string>& broken) override;
  std::string failure() const override;

 private:
  explicit BranchRecorder(BranchId self) : self_(self) {}
  bool write_trace();

  BranchId self_;
  std::optional<BranchHistory> history_;
  std::optional<LineLog> trace_;
};

/// Opens a recorder to the wanted files; empty if none is wanted.
OpenRecorder recording_to(const BranchFiles& files, const Bank& bank, BranchId self);

}  // namespace passbook
