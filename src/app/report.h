// SPDX-License-Identifier: Apache-2.0
// A run and its results, as one machine-readable report.
#pragma once

#include <string>
#include <vector>

#include "lab/runner/runner.h"
#include "lab/scenario/writer.h"

namespace passbook {

/// The options of the run.
struct RunDescription {
  std::string file;
  std::string output;
  const Scenario& scenario;
  const RunOptions& options;
  Style style;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
};

/// Appended to the name of the output file if the run ended early.
inline constexpr const char* kPartial = ".partial";

/// The file with the results, which may be partial; "-"; or nothing.
std::optional<std::string> written_to(const RunDescription& about, const RunReport& report);

/// Whether every event ended in success or INSUFFICIENT_FUNDS, and the replicas agree.
bool succeeded(const RunReport& report);

/// One JSON object: answers, final balances, agreement, broken guarantees, warnings, timings.
/// `more` may hold further members: ",\"seed\":7".
std::string report_as_json(const RunDescription& about, const RunReport& report,
                           const std::string& more = {});

/// The same as one object per line: each answer, each final balance, then the rest.
std::string report_as_json_lines(const RunDescription& about, const RunReport& report,
                                 const std::string& more = {});

}  // namespace passbook
