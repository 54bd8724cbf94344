// SPDX-License-Identifier: Apache-2.0
#include "journal/log_format.h"

#include "base/random.h"
#include "journal/testing_log.h"

namespace passbook {
namespace {

std::string random_bytes(Random& random, std::size_t length) {
  std::string out;
  while (out.size() < length) {
    out += static_cast<char>(random.below(256));
  }
  return out;
}

struct Log {
  std::string bytes;
  std::vector<std::size_t> ends{0};  ///< of the records, and 0

  void add(std::string_view data) {
    append_record(bytes, data);
    ends.push_back(bytes.size());
  }
  std::size_t last_end_before(std::size_t size) const {
    return *std::prev(std::ranges::upper_bound(ends, size));
  }
  /// Where the last record begins.
  std::size_t last() const { return ends[ends.size() - 2]; }
};

/// Records of all sizes, some of several blocks, some with so little space left in their block that
/// the next one begins in another.
Log random_log(Random& random, int records) {
  Log out;
  for (int i = 0; i < records; ++i) {
    const std::size_t left = kLogBlock - out.bytes.size() % kLogBlock;
    const bool fill = random.chance(1, 4) && left > kLogHeader + 9;
    const std::uint64_t most = random.chance(1, 4) ? 3 * kLogBlock : 300;
    out.add(random_bytes(random, fill ? left - kLogHeader - random.below(9) : random.below(most)));
  }
  return out;
}

TEST(Crc32c, IsThatOfTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(LogFormat, EndsAfterTheLastWholeRecordWhereverAFileIsCut) {
  Random random(1);
  for (int i = 0; i < 30; ++i) {
    const Log log = random_log(random, 12);
    EXPECT_EQ(find_end(log.bytes), (LogEnd{log.bytes.size(), {}}));
    for (int j = 0; j < 20; ++j) {
      const std::size_t cut = random.below(log.bytes.size());
      EXPECT_EQ(find_end(std::string_view(log.bytes).substr(0, cut)),
                (LogEnd{log.last_end_before(cut), {}}));
    }
  }
  EXPECT_EQ(find_end(""), LogEnd());
}

TEST(LogFormat, TakesAnyBytesForATornEnd) {
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    const Log log = random_log(random, 6);
    const std::size_t cut = random.below(log.bytes.size());
    const std::size_t rest = 1 + random.below(kLogBlock);
    const LogEnd expected{log.last_end_before(cut), {}};
    EXPECT_EQ(find_end(log.bytes.substr(0, cut) + std::string(rest, '\0')), expected);
    EXPECT_EQ(find_end(log.bytes.substr(0, cut) + random_bytes(random, rest)), expected);
  }
}

TEST(LogFormat, SeesThatMoreWasWrittenAfterADamagedRecord) {
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    Log log = random_log(random, 5);
    log.add("the last");
    const std::size_t damaged = random.below(log.last());
    const std::size_t before = log.last_end_before(damaged);
    const auto was = static_cast<std::uint8_t>(log.bytes[damaged]);
    log.bytes[damaged] = static_cast<char>(was ^ (1U << random.below(8)));
    const LogEnd end = find_end(log.bytes);
    // The empty rest of a block is not looked at.
    EXPECT_TRUE(end == (LogEnd{log.bytes.size(), {}}) || (end.whole == before && end.beyond))
        << damaged;
  }
}

TEST(LogFormat, TakesHolesInTheLastRecordForATornEnd) {
  Random random(4);
  for (int i = 0; i < 100; ++i) {
    Log log;
    log.add("the first");
    log.add(random_bytes(random, (2 * kLogBlock) + random.below(3 * kLogBlock)));
    const std::size_t from = log.last() + random.below(log.bytes.size() - log.last());
    const std::size_t length = std::min<std::size_t>(4096, log.bytes.size() - from);
    log.bytes.replace(from, length, random_bytes(random, length));
    EXPECT_EQ(find_end(log.bytes), (LogEnd{log.last(), {}}));
  }
}

TEST(LogFormat, SeesThatMoreWasWrittenAfterTheLastFragmentOfADamagedRecord) {
  Log log;
  log.add(std::string(2 * kLogBlock, 'a'));
  const std::size_t last_fragment = 2 * kLogBlock;
  log.bytes[10] = 'b';
  EXPECT_EQ(find_end(log.bytes), LogEnd());
  EXPECT_EQ(find_end(log.bytes + "the beginning of the next"), (LogEnd{0, last_fragment}));
}

TEST(LogFormat, DoesNotReadFragmentsOutOfOrder) {
  std::string log;
  append_fragment(log, 1, "whole");
  const std::size_t whole = log.size();
  append_fragment(log, 2, "first");
  const std::size_t first = log.size();
  append_fragment(log, 1, "another");
  EXPECT_EQ(find_end(log), (LogEnd{whole, first}));
}

}  // namespace
}  // namespace passbook
