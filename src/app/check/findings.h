// SPDX-License-Identifier: Apache-2.0
// The findings of a verdict, on the terminal.
#pragma once

#include <string>
#include <vector>

namespace passbook {

/// How many findings are printed without --all.
inline constexpr std::size_t kMostFindings = 20;

/// Prints the findings, one indented line each: all, or the first kMostFindings and a count.
void print_findings(const std::vector<std::string>& findings, bool all);

}  // namespace passbook
