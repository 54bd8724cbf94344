// SPDX-License-Identifier: Apache-2.0
#include "journal/segment_format.h"

#include "journal/crc32c.h"
#include "journal/testing_segment.h"

namespace passbook {
namespace {

using testing::HasSubstr;

void flip(std::string& bytes, std::size_t at, unsigned bit) {
  bytes[at] = static_cast<char>(static_cast<std::uint8_t>(bytes[at]) ^ 1U << bit);
}

TEST(Crc32c, IsThatOfTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
}

TEST(SegmentFormat, KeepsTheHeader) {
  const SegmentHeader header{.log = UINT64_MAX, .first = 1, .label = "bank 7, branch 2"};
  EXPECT_EQ(decode_segment_header(encode_segment_header(header) + "more"), header);
}

TEST(SegmentFormat, SeesEveryDamagedBitOfTheHeader) {
  const std::string whole = encode_segment_header({.log = 5, .first = 6, .label = "label"});
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string bytes = whole;
    flip(bytes, bit / 8, bit % 8);
    EXPECT_FALSE(decode_segment_header(bytes).has_value()) << bit;
  }
  EXPECT_FALSE(decode_segment_header(whole.substr(1)).has_value());
  EXPECT_FALSE(decode_segment_header("").has_value());
}

TEST(SegmentFormat, NamesTheFormatOfAnotherVersion) {
  std::string bytes = encode_segment_header({});
  bytes[8] = 5;
  const auto read = decode_segment_header(bytes);
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error(), HasSubstr("is of format 5, and this version reads format 4 only"));
}

TEST(SegmentFormat, KeepsRecords) {
  Random random(1);
  for (const std::size_t length : {0UL, 1UL, 7UL, 8UL, 9UL, 4096UL, 800'000UL}) {
    const std::string data = random_bytes(random, length);
    const LogRecord record{.first = 900, .count = 77, .synced = 850, .bytes = data};
    std::string bytes;
    append_record(3, record, bytes);
    EXPECT_EQ(bytes.size(), size_in_segment(length));
    const RecordRead read = read_record(3, bytes, 0);
    EXPECT_EQ(read.record, record);
    EXPECT_EQ(read.size, bytes.size());
    const RecordRead part = read_record(3, std::string_view(bytes).substr(0, bytes.size() - 1), 0);
    EXPECT_FALSE(part.record.has_value());
    EXPECT_EQ(part.size.has_value(), length > 0);
  }
}

TEST(SegmentFormat, EndsAfterTheLastWholeRecordWhereverAFileIsCut) {
  Random random(2);
  for (int i = 0; i < 30; ++i) {
    const TestingSegment segment = random_segment(random, 6);
    for (int j = 0; j < 20; ++j) {
      const std::size_t cut =
          kSegmentHeaderBytes + random.below(segment.bytes.size() - kSegmentHeaderBytes + 1);
      const std::string file = segment.bytes.substr(0, cut);
      EXPECT_EQ(find_segment_end(segment.header, file), segment.end_before(cut));
      const std::size_t zeros =
          std::min(segment.bytes.find_first_not_of('\0', cut), segment.bytes.size());
      EXPECT_EQ(find_segment_end(segment.header, file + std::string(5000, '\0')),
                segment.end_before(zeros));
      EXPECT_EQ(find_segment_end(segment.header, file + random_bytes(random, random.below(5000))),
                segment.end_before(cut));
    }
  }
}

TEST(SegmentFormat, TakesHolesInTheLastBatchForATornEnd) {
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    TestingSegment segment = random_segment(random, 3);
    const std::size_t durable = segment.bytes.size();
    for (int j = 0; j < 5; ++j) {
      segment.add(random_bytes(random, random.below(9000)));
    }
    const std::size_t hole = durable + random.below(segment.bytes.size() - durable);
    const std::size_t length = std::min<std::size_t>(4096, segment.bytes.size() - hole);
    segment.bytes.replace(hole, length, random_bytes(random, length));
    EXPECT_EQ(find_segment_end(segment.header, segment.bytes), segment.end_before(hole));
  }
}

TEST(SegmentFormat, TellsDamageFromATornEndByWhatWasWrittenLater) {
  Random random(4);
  for (int i = 0; i < 300; ++i) {
    TestingSegment segment = random_segment(random, 5);
    const std::size_t durable = segment.bytes.size();
    segment.add("the only record of the last batch");
    const std::size_t damaged = kSegmentHeaderBytes + random.below(durable - kSegmentHeaderBytes);
    flip(segment.bytes, damaged, static_cast<unsigned>(random.below(8)));
    const SegmentEnd end = find_segment_end(segment.header, segment.bytes);
    EXPECT_EQ(end.whole, segment.end_before(damaged).whole);
    EXPECT_EQ(end.position, segment.end_before(damaged).position);
    ASSERT_TRUE(end.beyond.has_value()) << damaged;
    EXPECT_GT(*end.beyond, end.whole);
    EXPECT_LE(*end.beyond, durable);
  }
}

TEST(SegmentFormat, SeesDamageBeforeARecordOfWhichOnlyTheHeaderIsLeft) {
  TestingSegment segment;
  segment.add("durable");
  segment.sync();
  segment.add("torn");
  segment.bytes.back() = 'x';
  flip(segment.bytes, kSegmentHeaderBytes + 32, 0);
  EXPECT_EQ(find_segment_end(segment.header, segment.bytes).beyond, segment.ends[1]);
}

TEST(SegmentFormat, NeverTakesRecordsOfAnotherLogOrPlace) {
  TestingSegment segment;
  segment.add("one");
  const std::string one = segment.bytes.substr(kSegmentHeaderBytes);
  SegmentHeader other = segment.header;
  other.log += 1;
  const SegmentEnd nothing{.position = segment.header.first, .beyond = {}};
  EXPECT_EQ(find_segment_end(other, encode_segment_header(other) + one), nothing);
  const SegmentEnd end = find_segment_end(segment.header, segment.bytes + one);
  EXPECT_EQ(end, segment.end_before(segment.bytes.size())) << "the same record a second time";
}

}  // namespace
}  // namespace passbook
