// SPDX-License-Identifier: Apache-2.0
#include "journal/segment_format.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "base/check.h"
#include "journal/crc32c.h"

namespace passbook {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they are");

constexpr std::string_view kMagic = "passbook";
constexpr std::uint32_t kFormat = 4;
constexpr std::size_t kAlignment = 8;
constexpr std::size_t kMostLabel = 1000;

/// Precedes the bytes of a record. The first checksum covers the rest of this header, so the end of
/// a record is known even if its bytes are damaged.
struct RecordHeader {
  std::uint32_t header_checksum = 0;
  std::uint32_t checksum = 0;  ///< of the bytes, and of the zeros up to the next record
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t ahead = 0;  ///< how many positions lie between `synced` and `first`
  std::uint64_t length = 0;
};
static_assert(sizeof(RecordHeader) == 32 && std::has_unique_object_representations_v<RecordHeader>);

/// Precedes the label.
struct FileHeader {
  std::uint64_t magic = 0;
  std::uint32_t format = 0;
  std::uint32_t checksum = 0;  ///< of the rest of the header, to its last byte
  std::uint64_t log = 0;
  std::uint64_t first = 0;
  std::uint64_t label = 0;  ///< its length
};
static_assert(sizeof(FileHeader) == 40 && std::has_unique_object_representations_v<FileHeader>);
constexpr std::size_t kChecked = 16;  ///< where the checked part of a file's header begins

template <class Part>
std::string_view bytes_of(const Part& part) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  return {reinterpret_cast<const char*>(&part), sizeof(part)};
}

template <class Part>
Part part_at(std::string_view bytes, std::size_t at) {
  Part out;
  std::memcpy(&out, bytes.data() + at, sizeof(out));
  return out;
}

std::uint64_t magic() { return part_at<std::uint64_t>(kMagic, 0); }

std::uint32_t header_checksum(std::uint64_t log, const RecordHeader& header) {
  return crc32c(bytes_of(header).substr(sizeof(header.header_checksum)), crc32c(bytes_of(log)));
}

/// The header at this place, if it is intact.
std::optional<RecordHeader> header_at(std::uint64_t log, std::string_view part, std::size_t at) {
  if (at > part.size() || part.size() - at < sizeof(RecordHeader)) {
    return std::nullopt;
  }
  const auto out = part_at<RecordHeader>(part, at);
  if (out.count == 0 || out.ahead > out.first || out.length > INT32_MAX ||
      out.header_checksum != header_checksum(log, out)) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::size_t> written_later(const SegmentHeader& segment, std::string_view file,
                                         const SegmentEnd& end) {
  for (std::size_t at = end.whole; at + sizeof(RecordHeader) <= file.size(); at += kAlignment) {
    const auto header = header_at(segment.log, file, at);
    if (header && header->first - header->ahead > end.position) {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string encode_segment_header(const SegmentHeader& header) {
  PASSBOOK_CHECK(header.label.size() <= kMostLabel, "the label is short");
  FileHeader file{.magic = magic(),
                  .format = kFormat,
                  .log = header.log,
                  .first = header.first,
                  .label = header.label.size()};
  std::string out(bytes_of(file));
  out += header.label;
  out.resize(kSegmentHeaderBytes);
  file.checksum = crc32c(std::string_view(out).substr(kChecked));
  out.replace(0, sizeof(file), bytes_of(file));
  return out;
}

std::expected<SegmentHeader, std::string> decode_segment_header(std::string_view file) {
  using Error = std::unexpected<std::string>;
  if (file.size() < kSegmentHeaderBytes) {
    return Error("is damaged: it is too short");
  }
  const auto header = part_at<FileHeader>(file, 0);
  const bool intact =
      header.checksum == crc32c(file.substr(kChecked, kSegmentHeaderBytes - kChecked));
  if (header.magic != magic() || !intact || header.label > kMostLabel) {
    return Error("is damaged: its beginning can't be read");
  }
  if (header.format != kFormat) {
    return Error(fmt::format("is of format {}, and this version reads format {} only",
                             header.format, kFormat));
  }
  return SegmentHeader{header.log, header.first,
                       std::string(file.substr(sizeof(FileHeader), header.label))};
}

std::size_t size_in_segment(std::size_t bytes) {
  return sizeof(RecordHeader) + (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

void append_record(std::uint64_t log, const LogRecord& record, std::string& out) {
  PASSBOOK_CHECK(record.bytes.size() <= INT32_MAX, "records are at most this large");
  PASSBOOK_CHECK(record.count > 0, "a record has at least one position");
  PASSBOOK_CHECK(record.first - record.synced <= UINT32_MAX,
                 "the number of unsynced positions is limited");
  const std::size_t begin = out.size();
  out.resize(begin + sizeof(RecordHeader));
  out += record.bytes;
  out.resize(begin + size_in_segment(record.bytes.size()));
  RecordHeader header{
      .checksum = crc32c(std::string_view(out).substr(begin + sizeof(RecordHeader))),
      .first = record.first,
      .count = record.count,
      .ahead = static_cast<std::uint32_t>(record.first - record.synced),
      .length = record.bytes.size()};
  header.header_checksum = header_checksum(log, header);
  out.replace(begin, sizeof(header), bytes_of(header));
}

RecordRead read_record(std::uint64_t log, std::string_view part, std::size_t at) {
  const auto header = header_at(log, part, at);
  if (!header) {
    return {};
  }
  RecordRead out{.record = {}, .size = size_in_segment(header->length)};
  if (part.size() - at < *out.size) {
    return out;
  }
  const std::string_view body =
      part.substr(at + sizeof(RecordHeader), *out.size - sizeof(RecordHeader));
  if (crc32c(body) == header->checksum) {
    out.record = LogRecord{.first = header->first,
                           .count = header->count,
                           .synced = header->first - header->ahead,
                           .bytes = body.substr(0, header->length)};
  }
  return out;
}

SegmentEnd find_segment_end(const SegmentHeader& header, std::string_view file) {
  SegmentEnd out{.position = header.first, .beyond = {}};
  for (RecordRead read = read_record(header.log, file, out.whole);
       read.record && read.record->first == out.position;
       read = read_record(header.log, file, out.whole)) {
    out.whole += *read.size;
    out.position = read.record->next();
  }
  out.beyond = written_later(header, file, out);
  return out;
}

}  // namespace passbook
