// SPDX-License-Identifier: Apache-2.0
// Histories as files: one JSON object a line, each written by the process to which it happened.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "lab/judges/history.h"

namespace passbook {

// A line has no end of line of its own. docs/testing.md shows one of each kind.

/// {"at":NANOSECONDS,"applied":{...}}: when, what, and its members. Amounts are decimal numbers, as
/// in scenario files; what there is none of is left out.
std::string write_line(const history::Event& event);
/// {"bank":{"branches":[1,2],"accounts":[{"account":1,"opening":400,"limit":0}]}}
std::string write_line(const history::Bank& bank);

/// One file.
struct HistoryText {
  std::string name;
  std::string content;
};

/// Where something stands: in which of the texts, and in which line of it, from 1.
struct HistoryPlace {
  std::size_t text = 0;
  std::size_t line = 0;
};

struct ReadHistory {
  history::History history;
  std::vector<std::string> names;    ///< of the texts
  std::vector<HistoryPlace> places;  ///< of the events
  std::vector<std::string> notes;    ///< one line for each line that was dropped

  /// "branch-1.jsonl:12".
  std::string place_of(std::size_t event) const;
};

/// Merges what several processes wrote: in the order of time, but never against the order of a
/// file. Those that say what the bank was must agree, and one must. The last line of a process that
/// was killed may be cut off: such a line is dropped if it is the last of its file, or if the
/// branch is started in the next. The error names the place.
std::expected<ReadHistory, std::string> read_history(std::span<const HistoryText> texts);

}  // namespace passbook
