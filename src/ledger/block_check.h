// SPDX-License-Identifier: Apache-2.0
// The rules that the bytes of every block must keep.
#pragma once

#include <optional>
#include <string_view>

#include "ledger/block.h"

namespace passbook {

/// Where the parts of a block begin, as its header determines.
struct BlockPlaces {
  std::size_t dependencies = 0;
  std::size_t entries = 0;
  std::size_t requests = 0;
};

BlockPlaces places(const BlockParts& parts);

/// The first rule that the bytes break, or nothing. Takes linear time and allocates nothing.
std::optional<BlockError> problem_of(std::string_view bytes);

}  // namespace passbook
