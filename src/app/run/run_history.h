// SPDX-License-Identifier: Apache-2.0
// The history of a run, merged from the files of its processes.
#pragma once

#include <expected>
#include <string>

#include "app/result_file.h"
#include "app/temporary_directory.h"
#include "lab/runner/runner.h"

namespace passbook {

struct Bank;

/// A temporary place where the processes of a run write their histories, and the file for the
/// merged history.
class RunHistory {
 public:
  /// The error says why `path` can't be written.
  static std::expected<RunHistory, std::string> prepare(const std::string& path);

  const std::string& directory() const { return directory_.path(); }

  /// Call when all processes have ended. Nothing disturbs a run, so a finished one was free of
  /// faults from the moment when all were ready.
  std::expected<void, std::string> commit(const Bank& bank, const RunReport& report);

 private:
  RunHistory(ResultFile file, TemporaryDirectory directory)
      : file_(std::move(file)), directory_(std::move(directory)) {}

  ResultFile file_;
  TemporaryDirectory directory_;
};

}  // namespace passbook
