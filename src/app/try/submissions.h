// SPDX-License-Identifier: Apache-2.0
// Tries programs on cases, many side by side, and remembers what came of it.
#pragma once

#include <cstdio>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/try/attempt.h"
#include "app/try/try_report.h"

namespace passbook {

struct Submission {
  std::string name;  ///< "" if there is only one
  Program program;
};

/// The folders in a folder, each a program that is started like `like`, ordered by name. The error
/// names the folder.
std::expected<std::vector<Submission>, std::string> find_submissions(const std::string& folder,
                                                                     const Program& like);

/// Results in a file, a line each, written as they come. So a run that was killed goes on where it
/// ended.
class ResultsKept {
 public:
  /// With "", keeps nothing. Reads what the file holds already; a last line that is cut is dropped.
  static std::expected<ResultsKept, std::string> open(const std::string& path);

  ResultsKept(ResultsKept&& other) noexcept
      : file_(std::exchange(other.file_, nullptr)), results_(std::move(other.results_)) {}
  ResultsKept& operator=(ResultsKept&&) = delete;
  ResultsKept(const ResultsKept&) = delete;
  ResultsKept& operator=(const ResultsKept&) = delete;
  ~ResultsKept();

  bool has(const std::string& program, const std::string& on) const;
  const std::vector<TryResult>& results() const { return results_; }
  void add(const TryResult& result);

 private:
  ResultsKept(std::FILE* file, std::vector<TryResult> results)
      : file_(file), results_(std::move(results)) {}

  std::FILE* file_;
  std::vector<TryResult> results_;
};

}  // namespace passbook
