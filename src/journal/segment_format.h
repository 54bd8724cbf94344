// SPDX-License-Identifier: Apache-2.0
// The bytes of a segment, which is one file of a log: a header, then records, then zeros.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace passbook {

/// Records begin here, and at multiples of eight from here on.
inline constexpr std::size_t kSegmentHeaderBytes = 4096;

struct SegmentHeader {
  /// A random number, the same in all segments of a log. The checksum of each record covers it, so
  /// that no bytes of another log, which a disk may bring to light, are ever taken for a record.
  std::uint64_t log = 0;
  std::uint64_t first = 0;  ///< the position of the first record
  std::string label;        ///< says what log it is, in at most 1,000 bytes

  bool operator==(const SegmentHeader&) const = default;
};

std::string encode_segment_header(const SegmentHeader& header);
/// Reads the beginning of a file. The error says what is wrong with the header: "is damaged", or
/// that another version has written it.
std::expected<SegmentHeader, std::string> decode_segment_header(std::string_view file);

/// A record of a log holds some bytes, and stands for one or more positions.
struct LogRecord {
  std::uint64_t first = 0;  ///< the first of its positions
  std::uint32_t count = 1;  ///< how many there are
  /// Everything before this position was durable before the record was written. What cannot be read
  /// at or after it may have been lost in a crash; what cannot be read before it is damaged.
  std::uint64_t synced = 0;
  std::string_view bytes;

  std::uint64_t next() const { return first + count; }
  bool operator==(const LogRecord&) const = default;
};

/// What a record of so many bytes takes in a file.
std::size_t size_in_segment(std::size_t bytes);
/// Appends a record of `log` to bytes that will be written to a segment of it.
void append_record(std::uint64_t log, const LogRecord& record, std::string& out);

/// What is in a part of a segment at one place.
struct RecordRead {
  std::optional<LogRecord> record;  ///< whole and intact
  /// Nothing when there is no intact beginning of a record, else what the whole of it takes: it
  /// may end beyond the part.
  std::optional<std::size_t> size;
};
RecordRead read_record(std::uint64_t log, std::string_view part, std::size_t at);

/// How far a segment can be read.
struct SegmentEnd {
  std::size_t whole = kSegmentHeaderBytes;  ///< where the last whole record ends
  std::uint64_t position = 0;               ///< the one after that record
  /// Where a record begins that was written when `position` was durable already: then the record
  /// there is not torn, but damaged.
  std::optional<std::size_t> beyond;

  bool operator==(const SegmentEnd&) const = default;
};

/// The records of a segment follow each other without a gap. What cannot be read has no known
/// length: what was written later is looked for wherever a record can begin.
SegmentEnd find_segment_end(const SegmentHeader& header, std::string_view file);

}  // namespace passbook
