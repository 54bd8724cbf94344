// SPDX-License-Identifier: Apache-2.0
// Histories as files: one JSON object per line, written by the process where the event happened.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "lab/judges/history.h"

namespace passbook {

// The lines are returned without a newline. docs/testing.md shows one of each kind.

/// {"at":NANOSECONDS,"applied":{...}}: the time, the kind, and its members. Amounts are decimal
/// numbers, as in scenario files. Members without a value are left out.
std::string write_line(const history::Event& event);
/// {"bank":{"branches":[1,2],"accounts":[{"account":1,"opening":400,"limit":0}]}}
std::string write_line(const history::Bank& bank);

/// The name and the content of a file.
struct HistoryText {
  std::string name;
  std::string content;
};

/// A position: the index of a text, and a line in that text, from 1.
struct HistoryPlace {
  std::size_t text = 0;
  std::size_t line = 0;
};

struct ReadHistory {
  history::History history;
  std::vector<std::string> names;    ///< one per text
  std::vector<HistoryPlace> places;  ///< one per event
  std::vector<std::string> notes;    ///< one line per line that was dropped

  /// "branch-1.jsonl:12".
  std::string place_of(std::size_t event) const;
};

/// Merges the files of several processes in the order of time, but keeps the order of each file. At
/// least one file must describe the bank, and all that do must agree. The last line of a process
/// that was killed may be cut off. Such a line is dropped if it is the last of its file, or if the
/// next line says that a branch started. The error names the place.
std::expected<ReadHistory, std::string> read_history(std::span<const HistoryText> texts);

}  // namespace passbook
