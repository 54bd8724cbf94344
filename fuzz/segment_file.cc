// SPDX-License-Identifier: Apache-2.0
// Segments of the journal's log: what is whole of one is a whole segment, and reads as one.
#include "base/check.h"
#include "journal/testing_segment.h"
#include "target.h"

namespace passbook::fuzz {

std::vector<std::string> seeds() {
  Random random(1);
  std::vector<std::string> out{"", encode_segment_header({})};
  while (out.size() < 20) {
    out.push_back(random_segment(random, static_cast<int>(1 + random.below(4))).bytes);
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  const std::string_view file = fuzz::text_of(data, size);
  // Records are read under a damaged header, too.
  const SegmentHeader header = decode_segment_header(file).value_or(TestingSegment().header);
  const SegmentEnd end = find_segment_end(header, file);
  PASSBOOK_CHECK(end.whole <= std::max(size, kSegmentHeaderBytes), "the end is in the file");
  PASSBOOK_CHECK(!end.beyond || (*end.beyond >= end.whole && *end.beyond < size),
                 "what was written later is behind it");
  if (end.whole <= size) {
    PASSBOOK_CHECK((find_segment_end(header, file.substr(0, end.whole)) ==
                    SegmentEnd{end.whole, end.position, {}}),
                   "what is whole is a segment");
  }
  std::string again = encode_segment_header(header);
  std::size_t at = kSegmentHeaderBytes;
  while (at < end.whole) {
    const RecordRead read = read_record(header.log, file, at);
    PASSBOOK_CHECK(read.record.has_value(), "records are read up to the end");
    append_record(header.log, *read.record, again);
    at += *read.size;
  }
  PASSBOOK_CHECK(find_segment_end(header, again) == (SegmentEnd{end.whole, end.position, {}}),
                 "records that are written again are the same");
  return 0;
}
