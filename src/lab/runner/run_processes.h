// SPDX-License-Identifier: Apache-2.0
// The lives of the processes that a run consists of. Each is driven over its stdin and stdout by
// the one that made it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "customer/customer.h"
#include "lab/runner/customer_recorder.h"
#include "server/branch_server.h"

namespace passbook {

/// A branch's first line, {"customers":50051,"peers":40123}: the ports where it listens.
struct ListeningLine {
  int customers = 0;
  int peers = 0;  ///< 0 when there are none
};
std::string write_line(const ListeningLine& line);
std::optional<ListeningLine> read_listening_line(const std::string& line);

/// How a customer's line begins that says that its branches are connected.
inline constexpr std::string_view kReadyLine = R"({"ready":)";

/// Says where it listens, reads where the peers are, and serves; with the option `observe` it
/// tells its part of the story. Returns the exit status. What went wrong stands in its log.
int run_branch_process(const BranchConfig& config);

/// Performs what it is told until the end of its input.
int run_customer_process(const CustomerOptions& options, const std::string& name,
                         const CustomerFiles& files);

}  // namespace passbook
