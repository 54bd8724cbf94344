// SPDX-License-Identifier: Apache-2.0
// Starts a process and waits for its end. Any thread may do so.
#pragma once

#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace passbook::trial {

/// Where a process begins, and where its output goes.
struct ChildPlace {
  std::string folder;
  std::string out;    ///< a file
  std::string error;  ///< a file
};

/// Runs a command to its end and returns what it writes to descriptor 3. Its standard input is
/// empty. The error says why it cannot be started. If this process ends, so does nobody's reading,
/// which the command may notice.
std::expected<std::string, std::string> run_with_report(const std::vector<std::string>& words,
                                                        const ChildPlace& place);

/// Runs a command without any output. Whether it could be started and succeeded.
bool run_quietly(const std::vector<std::string>& words);

}  // namespace passbook::trial
