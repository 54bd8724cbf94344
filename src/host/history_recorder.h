// SPDX-License-Identifier: Apache-2.0
// What happens to one process, written to its history file while it happens.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "branch/state.h"
#include "branch/step.h"
#include "check/history.h"
#include "ledger/bank.h"

namespace passbook {

/// Lines that are only ever added. What is noted together goes straight to the kernel with one
/// write: a process that is killed afterwards has told all of it. Nothing is synced.
class HistoryLog {
 public:
  /// With a bank, that is the first line; a file that is there is continued if it is of the same
  /// bank. Without one, it is if its last line is whole. The error names the file.
  static std::expected<HistoryLog, std::string> open(const std::string& path,
                                                     const std::optional<history::Bank>& bank);
  HistoryLog(HistoryLog&& other) noexcept;
  HistoryLog& operator=(HistoryLog&&) = delete;
  HistoryLog(const HistoryLog&) = delete;
  HistoryLog& operator=(const HistoryLog&) = delete;
  ~HistoryLog();

  /// Something happens now. It is told with the next `write`.
  void note(history::What what);

  /// Writes what was noted. False when that failed, now or before: the history has a hole then, and
  /// nothing is written any more.
  [[nodiscard]] bool write();
  /// Why it failed; empty when it did not.
  const std::string& failure() const { return failure_; }

 private:
  HistoryLog(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::expected<void, std::string> begin(const std::optional<history::Bank>& bank);
  std::optional<std::string> append(std::string_view text) const;

  std::string path_;
  int fd_;
  std::string noted_;
  std::string failure_;
};

/// The history of one branch process.
class BranchHistory {
 public:
  /// The error names the file.
  static std::expected<BranchHistory, std::string> open(const std::string& path, const Bank& bank);

  /// The branch had a disk before this life, and has lost it.
  void disk_lost(BranchId self);

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
  explicit BranchHistory(HistoryLog log) : log_(std::move(log)) {}

  HistoryLog log_;
  BranchId self_;
  std::uint64_t records_ = 0;  ///< in the journal
  std::uint64_t entries_ = 0;  ///< among them
  std::uint64_t synced_ = 0;   ///< of them, as was told last
  /// After so many records, so many entries: once for each step, until they are durable.
  std::deque<std::pair<std::uint64_t, std::uint64_t>> waiting_;
};

}  // namespace passbook
