// SPDX-License-Identifier: Apache-2.0
// Whether what was chosen about a branch's behaviour goes together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "branch/options.h"

namespace passbook {

/// Why a branch of a bank with so many branches could not work well with these options: the first
/// reason, which names the options and their values; nothing when it can. A branch must not be
/// started with options that contradict each other: streams would be torn down for ever, or it
/// would be busy with nothing.
std::optional<std::string> contradiction_in(const BranchOptions& options, std::size_t branches);

}  // namespace passbook
