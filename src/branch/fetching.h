// SPDX-License-Identifier: Apache-2.0
// Picks the blocks that a peer lacks from records read from the journal.
#pragma once

#include <cstdint>
#include <vector>

#include "branch/step.h"
#include "protocol/records.h"

namespace passbook {

/// Picks the wanted blocks from `records`, which were read from index `first` on. `end` is the
/// number of records in the journal. If `records` is empty, there is nothing more to read.
inline Fetched take_wanted(const Fetch& wanted, std::uint64_t first, std::vector<Record> records,
                           std::uint64_t end) {
  Fetched out{.link = wanted.link, .blocks = {}, .next = first};
  std::size_t entries = 0;
  for (Record& record : records) {
    if (!out.blocks.empty() && entries >= wanted.entries) {
      break;
    }
    ++out.next;
    auto* block = std::get_if<Block>(&record);
    if (block != nullptr && !wanted.after.covers(block->end().end)) {
      entries += block->size();
      out.blocks.push_back(std::move(*block));
    }
  }
  out.next = records.empty() || out.next >= end ? 0 : out.next;
  return out;
}

}  // namespace passbook
