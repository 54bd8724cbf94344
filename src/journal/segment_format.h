// SPDX-License-Identifier: Apache-2.0
// The format of a segment, which is one file of a log: a header, then records, then zeros.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace passbook {

/// The first record begins here, the others at later multiples of eight.
inline constexpr std::size_t kSegmentHeaderBytes = 4096;

struct SegmentHeader {
  /// A random number, the same in all segments of a log. The checksum of each record covers it, so
  /// that bytes of another log, which may resurface on a disk, never pass for a record.
  std::uint64_t log = 0;
  std::uint64_t first = 0;  ///< the position of the first record
  std::string label;        ///< identifies the log, in at most 1,000 bytes

  bool operator==(const SegmentHeader&) const = default;
};

std::string encode_segment_header(const SegmentHeader& header);
/// Reads the beginning of a file. The error says that the header is damaged, or that another
/// version has written it.
std::expected<SegmentHeader, std::string> decode_segment_header(std::string_view file);

/// A record holds some bytes and stands for one or more positions in the log.
struct LogRecord {
  std::uint64_t first = 0;  ///< the first of its positions
  std::uint32_t count = 1;  ///< the number of its positions
  /// Everything before this position was durable before the record was written. Unreadable bytes at
  /// or after it may have been lost in a crash; unreadable bytes before it are damage.
  std::uint64_t synced = 0;
  std::string_view bytes;

  std::uint64_t next() const { return first + count; }
  bool operator==(const LogRecord&) const = default;
};

/// The size in a file of a record with this many bytes.
std::size_t size_in_segment(std::size_t bytes);
/// Appends the encoded record to bytes that will be written to a segment of `log`.
void append_record(std::uint64_t log, const LogRecord& record, std::string& out);

/// The result of reading one place in a part of a segment.
struct RecordRead {
  std::optional<LogRecord> record;  ///< if it is whole and intact
  /// The full size of the record, which may end beyond the part. Nothing without an intact
  /// beginning of a record.
  std::optional<std::size_t> size;
};
RecordRead read_record(std::uint64_t log, std::string_view part, std::size_t at);

/// How far a segment can be read.
struct SegmentEnd {
  std::size_t whole = kSegmentHeaderBytes;  ///< where the last whole record ends
  std::uint64_t position = 0;               ///< the position after that record
  /// Where a record begins that was written when `position` was already durable. If there is one,
  /// the record at `position` is not torn but damaged.
  std::optional<std::size_t> beyond;

  bool operator==(const SegmentEnd&) const = default;
};

/// The records of a segment follow each other without gaps. An unreadable record has no known
/// length, so this looks for later records wherever one can begin.
SegmentEnd find_segment_end(const SegmentHeader& header, std::string_view file);

}  // namespace passbook
