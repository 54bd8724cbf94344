// SPDX-License-Identifier: Apache-2.0
// The main functions of a run's processes. The parent drives each over its stdin and stdout.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "customer/customer.h"
#include "lab/runner/customer_recorder.h"
#include "server/branch_server.h"

namespace passbook {

/// A branch's first line, {"customers":50051,"peers":40123,"balance":40000}: the ports where it
/// listens, and the balance that it begins with, in minor units.
struct ListeningLine {
  int customers = 0;
  int peers = 0;  ///< 0 if there are none
  Money balance;
};
std::string write_line(const ListeningLine& line);
std::optional<ListeningLine> read_listening_line(const std::string& line);

/// The beginning of a customer's line that reports that its branches are connected.
inline constexpr std::string_view kReadyLine = R"({"ready":)";

/// Where a process tells its part of the story while it works.
struct StoryAudience {
  bool runner = false;  ///< in lines on its stdout; branches only
  bool log = false;
};

/// Reports where it listens, reads the peers' addresses, and serves. Returns the exit status.
/// Errors are in its log.
int run_branch_process(const BranchConfig& config, StoryAudience audience);

/// Performs the events that it reads, until the end of its input.
int run_customer_process(const CustomerOptions& options, const std::string& name,
                         const CustomerFiles& files, StoryAudience audience);

}  // namespace passbook
