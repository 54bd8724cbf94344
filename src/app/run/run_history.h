// SPDX-License-Identifier: Apache-2.0
// The history of a run: what all of its processes wrote, as one file.
#pragma once

#include <expected>
#include <string>

#include "app/result_file.h"
#include "app/temporary_directory.h"
#include "lab/runner/runner.h"

namespace passbook {

struct Bank;

/// A place where the processes of a run write their histories, which is gone afterwards, and where
/// all of them together go.
class RunHistory {
 public:
  /// The error says why nothing can be written at `path`.
  static std::expected<RunHistory, std::string> prepare(const std::string& path);

  const std::string& directory() const { return directory_.path(); }

  /// To be called when all processes have ended. Nothing disturbs a run, so if it was finished, it
  /// was free of faults from when all were ready.
  std::expected<void, std::string> commit(const Bank& bank, const RunReport& report);

 private:
  RunHistory(ResultFile file, TemporaryDirectory directory)
      : file_(std::move(file)), directory_(std::move(directory)) {}

  ResultFile file_;
  TemporaryDirectory directory_;
};

}  // namespace passbook
