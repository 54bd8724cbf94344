// SPDX-License-Identifier: Apache-2.0
// Keeps runs apart from each other and from this machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace passbook::trial {

/// From the best to none.
enum class Isolation : std::uint8_t {
  /// bwrap(1): own network and processes, no privileges, and all files but the folder's read-only.
  bubblewrap,
  /// unshare(1): own network and processes. Files are not protected, nor the guard's report.
  unshare,
  none,  ///< ports and files are shared, so one run at a time
};

std::string_view to_string(Isolation isolation);

/// The best that works on this machine for this user. Tries each once.
Isolation best_isolation();

/// The words of a command that runs `command` in isolation, in a folder that it may change. The
/// command's own program stays visible in it. It is the first process of its namespace.
std::vector<std::string> isolated(Isolation isolation, const std::string& folder,
                                  const std::vector<std::string>& command);

}  // namespace passbook::trial
