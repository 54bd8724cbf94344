// SPDX-License-Identifier: Apache-2.0
// The values of command-line options, and the exit statuses.
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
inline constexpr int kFailed = 1;  ///< it ran, but not everything succeeded
inline constexpr int kBadUsage =
    2;  ///< the command line or the input is wrong; nothing was started
inline constexpr int kDegraded = 3;       ///< from `status`: a branch answers, but is degraded
inline constexpr int kInterrupted = 128;  ///< plus the number of the signal, as in shells

/// The format of a command's data, and of `run`'s report.
enum class Format : std::uint8_t { table, json, jsonl };

/// The error suggests `--output` if the text looks like a file.
std::expected<Format, std::string> parse_format(std::string_view text);

/// A number and a unit: "500ms", "10s", "2m", "50us"; or "0". The error begins with the option.
std::expected<Duration, std::string> parse_duration(std::string_view option, std::string_view text);

/// The same for `--timeout`, which must be positive.
std::expected<Duration, std::string> parse_timeout(std::string_view text);

/// A number and a unit: "64MiB", "2GiB", "512KiB"; without a unit, bytes. The error begins with the
/// option.
std::expected<std::uint64_t, std::string> parse_bytes(std::string_view option,
                                                      std::string_view text);
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

/// Whether "HOST:PORT" is reachable from this machine only.
bool is_loopback(std::string_view address);

/// Checks that a text is "HOST:PORT" and may be used: addresses off this machine need `insecure`.
std::expected<void, std::string> check_address(std::string_view address, bool insecure);

/// A whole file, or standard input for "-".
std::expected<std::string, std::string> read_file(const std::string& path);

/// As read_file, in UTF-8 even if the file is in UTF-16 (as_utf8).
std::expected<std::string, std::string> read_text(const std::string& path);

/// The paths of all files in a directory, ordered by name.
std::expected<std::vector<std::string>, std::string> list_directory(const std::string& path);

/// Reads a scenario from a file. The error is one line.
std::expected<ReadScenario, std::string> read_scenario_file(const std::string& path, bool lenient);

/// Prints "passbook: MESSAGE" to stderr and returns `status`.
int complain(std::string_view message, int status);

}  // namespace passbook
