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

// Lines are without their line ends.

/// {"trace":{"processes":["branch 1",...],"accounts":[{"account":1,"opening":400}]}}
std::string write_head(const std::vector<Process>& processes, const std::vector<Account>& accounts);

/// The parts of a head that a bank determines: its branches as processes, and its accounts.
std::pair<std::vector<Process>, std::vector<Account>> parts_of(const Bank& bank);

/// {"process":"branch 2","act":"receive","at":NANOSECONDS,"lamport":9,...}. Empty members are left
/// out.
std::string write_line(const Event& event);

/// A complete trace as a file. Each event also has its vector clock: a count for each process, in
/// the order of the head.
std::string write_file(const Trace& trace);

/// One file of a trace.
struct TraceText {
  std::string name;
  std::string content;
};

/// The content of some files, in order.
struct ReadLines {
  std::vector<Process> processes;  ///< from the heads
  std::vector<Account> accounts;
  std::vector<Event> events;
};

/// Reads the files of several processes, or one complete file. There must be a head, and all heads
/// must agree on the accounts. The last line of a file may be cut off, if the process was killed.
/// The error names the place.
std::expected<ReadLines, std::string> read_lines(std::span<const TraceText> texts);

/// The same, as one trace.
std::expected<Trace, std::string> read_trace(std::span<const TraceText> texts);

}  // namespace passbook::trace
