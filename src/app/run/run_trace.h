// SPDX-License-Identifier: Apache-2.0
// The trace of a run, merged from the files of its processes, and its clock lists.
#pragma once

#include <CLI/CLI.hpp>
#include <expected>
#include <optional>
#include <string>

#include "app/result_file.h"
#include "app/temporary_directory.h"
#include "lab/scenario/scenario.h"
#include "lab/trace/clock_lists.h"

namespace passbook {

/// The options as typed.
struct TraceArguments {
  std::optional<std::string> file;
  std::optional<std::string> lists;
  std::string spelling = "propogate";
};

void add_trace_options(CLI::App& command, TraceArguments& arguments);

/// A temporary place where the processes of a run write their traces, and the files for the merged
/// trace and the clock lists.
class RunTrace {
 public:
  /// Nothing if neither a trace nor lists are wanted. The error says why something can't be
  /// written.
  static std::expected<std::optional<RunTrace>, std::string> prepare(
      const TraceArguments& arguments);

  const std::string& directory() const { return directory_.path(); }
  /// Whether clock lists are wanted. If so the bank must run with listed clocks.
  bool lists() const { return lists_.has_value(); }

  /// Call when all processes have ended.
  std::expected<void, std::string> commit(const Scenario& scenario);

 private:
  explicit RunTrace(TemporaryDirectory directory) : directory_(std::move(directory)) {}
  std::expected<void, std::string> write_lists(const trace::Trace& trace, const Scenario& scenario);

  TemporaryDirectory directory_;
  std::optional<ResultFile> file_;
  std::optional<std::string> lists_;  ///< a directory
  trace::Spelling spelling_ = trace::Spelling::propogate;
};

/// The requests of a scenario with their ids in clock lists, from event_numbers.
std::vector<trace::ListedRequest> listed_requests(const Scenario& scenario);

}  // namespace passbook
