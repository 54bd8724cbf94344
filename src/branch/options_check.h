// SPDX-License-Identifier: Apache-2.0
// Checks that a branch's options fit together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "branch/options.h"

namespace passbook {

/// Why a branch of a bank with `branches` branches could not work well with these options, or
/// nothing. The text gives the first reason and names the options and their values. A branch must
/// not be started with options that contradict each other: it would close its streams again and
/// again, or be busy with nothing useful.
std::optional<std::string> contradiction_in(const BranchOptions& options, std::size_t branches);

}  // namespace passbook
