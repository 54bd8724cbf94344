// SPDX-License-Identifier: Apache-2.0
// Segments as a log writes them, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "journal/segment_format.h"

namespace passbook {

inline std::string random_bytes(Random& random, std::size_t length) {
  std::string out;
  while (out.size() < length) {
    out += static_cast<char>(random.below(256));
  }
  return out;
}

/// A segment whose records come in batches, each synced as a whole.
struct TestingSegment {
  SegmentHeader header{.log = 0x1234'5678'9abc, .first = 100, .label = "a test"};
  std::string bytes = encode_segment_header(header);
  std::uint64_t next = header.first;
  std::uint64_t synced = header.first;
  std::vector<std::size_t> ends{kSegmentHeaderBytes};  ///< of the header and the records
  std::vector<std::uint64_t> positions{header.first};  ///< after the header and the records

  void add(std::string_view data, std::uint32_t count = 1) {
    append_record(header.log, {.first = next, .count = count, .synced = synced, .bytes = data},
                  bytes);
    next += count;
    ends.push_back(bytes.size());
    positions.push_back(next);
  }
  void sync() { synced = next; }

  /// How far the segment can be read if everything from `size` on is lost.
  SegmentEnd end_before(std::size_t size) const {
    const auto after = std::ranges::upper_bound(ends, size);
    const auto last = std::max<std::ptrdiff_t>(after - ends.begin() - 1, 0);
    return {.whole = ends[static_cast<std::size_t>(last)],
            .position = positions[static_cast<std::size_t>(last)],
            .beyond = {}};
  }
};

inline TestingSegment random_segment(Random& random, int batches) {
  TestingSegment out;
  for (; batches > 0; --batches) {
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      const std::size_t length = random.below(random.chance(1, 9) ? 20'000 : 300);
      out.add(random_bytes(random, length), 1 + static_cast<std::uint32_t>(random.below(50)));
    }
    out.sync();
  }
  return out;
}

}  // namespace passbook
