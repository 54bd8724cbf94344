// SPDX-License-Identifier: Apache-2.0
// Reads histories from files and judges them.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "lab/judges/judges.h"
#include "lab/scenario/history_file.h"

namespace passbook {

/// A judged history, and its violations.
struct HistoryVerdict {
  ReadHistory read;
  std::size_t calls = 0;
  std::size_t entries = 0;  ///< distinct entries
  std::vector<history::Violation> violations;
};

/// Reads and judges the files together. The error names the file and the line.
std::expected<HistoryVerdict, std::string> judge_histories(const std::vector<std::string>& files);

/// The verdict in one line.
std::string summary(const HistoryVerdict& verdict);
/// One line for each violation, with the places.
std::vector<std::string> violations_as_text(const HistoryVerdict& verdict);
/// Both as one JSON object in one line.
std::string verdict_as_json(const HistoryVerdict& verdict);

}  // namespace passbook
