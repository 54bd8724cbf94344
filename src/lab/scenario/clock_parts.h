// SPDX-License-Identifier: Apache-2.0
// The parts of a text that holds lists of logical clocks.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lab/scenario/repair.h"

namespace passbook {

/// A part of the text, and how it is to be repaired: as an array among other text, or as objects
/// one after another.
struct ClockPart {
  std::size_t from = 0;
  std::size_t to = 0;
  RepairScope scope = RepairScope::text;
};

/// One part an array; all of the text when it is objects without an array.
std::vector<ClockPart> find_clock_parts(std::string_view text);

}  // namespace passbook
