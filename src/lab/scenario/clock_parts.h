// SPDX-License-Identifier: Apache-2.0
// Splits a text with lists of logical clocks into parts.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lab/scenario/repair.h"

namespace passbook {

/// A part of the text, and how to repair it: as one array within other text, or as objects one
/// after another.
struct ClockPart {
  std::size_t from = 0;
  std::size_t to = 0;
  RepairScope scope = RepairScope::text;
};

/// One part per array, or the whole text if it consists of objects without an array.
std::vector<ClockPart> find_clock_parts(std::string_view text);

}  // namespace passbook
