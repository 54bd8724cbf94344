// SPDX-License-Identifier: Apache-2.0
// The verdicts on a program, as text, JSON lines and CSV.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/try/attempt.h"
#include "app/try/hunt.h"

namespace passbook {

/// What came of one submission on one case. `result` is a word of verdict_of.
struct TryResult {
  std::string program;  ///< the submission's folder name, or "" if there is only one
  std::string on;       ///< the case
  std::string result;
  double seconds = 0;
  std::vector<std::string> faults;

  bool operator==(const TryResult&) const = default;
};

TryResult result_of(const std::string& program, const TryCase& on, const Attempt& attempt);

/// One JSON object in one line, without its end; and back. Nothing if the line is none.
std::string as_json(const TryResult& result);
std::optional<TryResult> read_result(std::string_view line);

/// A line for people, with columns of these widths.
std::string as_line(const TryResult& result, std::size_t program_width, std::size_t case_width);

std::string as_csv(const TryResult& result);
inline constexpr const char* kResultsHeader = "program,case,result,seconds,first_fault\n";

/// Points by case; a case that is not listed is worth 1.
using Points = std::map<std::string, double>;

/// Reads a JSON object of case names and numbers. The error is one line.
std::expected<Points, std::string> read_points(const std::string& file);

/// Null if there is none.
const TryResult* find_result(const std::vector<TryResult>& results, const std::string& program,
                             const std::string& on);

struct Score {
  double points = 0;
  double most = 0;
};
Score score_of(const std::vector<TryResult>& results, const std::string& program,
               const std::vector<std::string>& cases, const Points& points);

/// A row for each program and a column for each case, with the points of those that are right.
std::string results_table(const std::vector<TryResult>& results,
                          const std::vector<std::string>& cases, const Points& points);

/// The smallest scenario, how often it fails, what is wanted, and the answers beside the right
/// ones.
std::string as_text(const Found& found);
/// The same as one JSON object in one line.
std::string as_json(const Found& found);

}  // namespace passbook
