// SPDX-License-Identifier: Apache-2.0
// The words of the command line, and what they mean.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "causal/passbook.h"
#include "lab/scenario/reader.h"
#include "lab/scenario/schedule.h"
#include "protocol/customer_messages.h"

namespace passbook {

// Exit statuses of every command.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;    ///< it ran, and something did not end well
inline constexpr int kBadUsage = 2;  ///< nothing was begun: the command line or the input is wrong
inline constexpr int kDegraded = 3;  ///< of `status`: a branch answers, and something is wrong

/// What commands other than `run` write data as, and `run` its report.
enum class Format : std::uint8_t { table, json, jsonl };

/// The error suggests `--output` for what looks like a file.
std::expected<Format, std::string> parse_format(std::string_view text);

/// A number and a unit: "500ms", "10s", "2m", "50us"; or "0".
std::expected<Duration, std::string> parse_duration(std::string_view text);

/// Likewise, for `--timeout`; more than nothing.
std::expected<Duration, std::string> parse_timeout(std::string_view text);

/// A number and a unit: "64MiB", "2GiB", "512KiB"; without a unit, bytes.
std::expected<std::uint64_t, std::string> parse_bytes(std::string_view text);
/// "64.0 MiB".
std::string describe_bytes(std::uint64_t bytes);

/// "session", "eventual", or a comma list of guarantees.
std::expected<Guarantees, std::string> parse_consistency(std::string_view text);
std::string describe(Guarantees guarantees);

std::expected<AckLevel, std::string> parse_ack(std::string_view text);
std::string_view to_string(AckLevel ack);

/// Nothing for "auto".
std::expected<std::optional<ScheduleKind>, std::string> parse_schedule(std::string_view text);

/// "2=127.0.0.1:50052".
std::expected<std::pair<BranchId, std::string>, std::string> parse_peer(std::string_view text);

/// Whether "HOST:PORT" can be reached from this machine only.
bool is_loopback(std::string_view address);

/// Whether a text is "HOST:PORT", and one that may be used: off this machine only if `insecure`.
std::expected<void, std::string> check_address(std::string_view address, bool insecure);

/// A whole file, or standard input for "-".
std::expected<std::string, std::string> read_file(const std::string& path);

/// As read_file, in UTF-8 also when the file is in UTF-16 (as_utf8).
std::expected<std::string, std::string> read_text(const std::string& path);

/// The paths of all that is in a directory, in the order of their names.
std::expected<std::vector<std::string>, std::string> list_directory(const std::string& path);

/// A scenario from a file; the error is one line.
std::expected<ReadScenario, std::string> read_scenario_file(const std::string& path, bool lenient);

/// Prints "passbook: MESSAGE" to stderr and returns `status`.
int complain(std::string_view message, int status);

}  // namespace passbook
