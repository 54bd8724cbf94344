// SPDX-License-Identifier: Apache-2.0
// Writes log files as RocksDB does, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "journal/log_format.h"

namespace passbook {

inline constexpr std::size_t kLogBlock = 32768;
inline constexpr std::size_t kLogHeader = 7;

inline void append_number(std::string& out, std::uint32_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(number >> static_cast<unsigned>(8 * i));
  }
}

/// `type` is 1 for a whole record, 2 for a first, 3 for a middle and 4 for a last fragment.
inline void append_fragment(std::string& log, int type, std::string_view data) {
  std::string checked(1, static_cast<char>(type));
  checked += data;
  const std::uint32_t checksum = crc32c(checked);
  append_number(log, (checksum >> 15U | checksum << 17U) + 0xa282ead8U, 4);
  append_number(log, static_cast<std::uint32_t>(data.size()), 2);
  log += checked;
}

inline void append_record(std::string& log, std::string_view data) {
  bool first = true;
  bool last = false;
  while (!last) {
    std::size_t left = kLogBlock - log.size() % kLogBlock;
    if (left < kLogHeader) {
      log.append(left, '\0');
      left = kLogBlock;
    }
    const std::string_view part = data.substr(0, left - kLogHeader);
    data.remove_prefix(part.size());
    last = data.empty();
    append_fragment(log, first ? (last ? 1 : 2) : (last ? 4 : 3), part);
    first = false;
  }
}

}  // namespace passbook
