// SPDX-License-Identifier: Apache-2.0
// RocksDB's log files, in which it keeps what it writes ahead and what tables there are: where
// their last whole record ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace passbook {

/// The CRC-32C of Castagnoli, Bräuer and Herrmann, 1993; RFC 3720, B.4.
std::uint32_t crc32c(std::string_view bytes);

/// How far a log file can be read.
struct LogEnd {
  std::size_t whole = 0;  ///< the end of the last whole record
  /// Where something begins that was written after the record that follows `whole`. It makes the
  /// difference between a torn end and damage: of a file that is synced after each record, only
  /// the last one can be torn.
  std::optional<std::size_t> beyond;

  bool operator==(const LogEnd&) const = default;
};

/// Nothing is written into a file that is not read; what cannot be read has no known length, so
/// that what follows it is looked for at every byte.
/// Source: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
LogEnd find_end(std::string_view bytes);

}  // namespace passbook
