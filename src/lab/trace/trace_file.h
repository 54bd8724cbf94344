// SPDX-License-Identifier: Apache-2.0
// Traces as files: one JSON object a line. docs/clocks.md shows one of each kind.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lab/trace/trace.h"
#include "ledger/bank.h"

namespace passbook::trace {

// A line has no end of line of its own.

/// {"trace":{"processes":["branch 1",...],"accounts":[{"account":1,"opening":400}]}}
std::string write_head(const std::vector<Process>& processes, const std::vector<Account>& accounts);

/// Of a bank, all that is known before anyone comes: its branches as processes, and its accounts.
std::pair<std::vector<Process>, std::vector<Account>> parts_of(const Bank& bank);

/// {"process":"branch 2","act":"receive","at":NANOSECONDS,"lamport":9,...}. What there is none of
/// is left out.
std::string write_line(const Event& event);

/// The whole as a file. Each event has besides its vector clock: a count for each process, in the
/// order of the head.
std::string write_file(const Trace& trace);

/// One file of a trace.
struct TraceText {
  std::string name;
  std::string content;
};

/// What the lines of some files say, in their order.
struct ReadLines {
  std::vector<Process> processes;  ///< of the heads
  std::vector<Account> accounts;
  std::vector<Event> events;
};

/// Reads what several processes wrote, or one whole file. Heads must agree on the accounts, and one
/// must be there. The last line of a file may be cut off: the process was killed. The error names
/// the place.
std::expected<ReadLines, std::string> read_lines(std::span<const TraceText> texts);

/// The same, as one trace.
std::expected<Trace, std::string> read_trace(std::span<const TraceText> texts);

}  // namespace passbook::trace
