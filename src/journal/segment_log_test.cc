// SPDX-License-Identifier: Apache-2.0
#include "journal/segment_log.h"

#include "journal/data_directory.h"
#include "journal/testing_journal.h"
#include "journal/testing_segment.h"

namespace passbook {
namespace {

using testing::HasSubstr;
using Records = std::vector<SegmentLog::Record>;

/// So small that there are many segments: each begins with 256 bytes of zeros.
constexpr std::size_t kSmallSegment = std::size_t{16} << 10U;

class SegmentLogTest : public testing::Test {
 protected:
  SegmentLogTest() { std::filesystem::create_directory(folder.path()); }

  SegmentLog::Config config() {
    return {.directory = folder.path(),
            .env = env.get(),
            .log = [this](const std::string& line) { said += line; },
            .segment_bytes = kSmallSegment};
  }

  std::unique_ptr<SegmentLog> open() {
    log.reset();
    auto opened = SegmentLog::open(config());
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    return std::move(*opened);
  }

  void make() {
    const std::string parent = std::filesystem::path(folder.path()).parent_path();
    ASSERT_TRUE(sync_directory(*env, parent).ok());
    ASSERT_TRUE(SegmentLog::create(config(), "label").has_value());
    log = open();
  }

  void append(std::uint64_t number, const std::string& bytes, std::uint32_t count = 1) {
    EXPECT_EQ(log->append(bytes, count), number);
  }

  /// Appends two hundred records of two positions each, with a sync after every third.
  void fill() {
    make();
    for (std::uint64_t i = 0; i < 200; ++i) {
      append(2 * i, text(i), 2);
      if (i % 3 == 2) {
        ASSERT_TRUE(log->sync().has_value());
      }
    }
    ASSERT_TRUE(log->sync().has_value());
  }
  static std::string text(std::uint64_t i) { return std::string(i * 7 % 400, 'x'); }

  std::vector<std::string> segments() const {
    std::vector<std::string> out = names_in(folder.path());
    std::erase_if(out, [](const std::string& name) { return !is_segment(name); });
    return out;
  }
  std::string path(const std::string& name) const { return folder.path() + "/" + name; }

  void damage(const std::string& name, std::size_t at) {
    std::fstream file(path(name), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.put('\x55');
  }

  void expect_refusal(const std::string& why) {
    log.reset();
    const auto opened = SegmentLog::open(config());
    ASSERT_FALSE(opened.has_value());
    EXPECT_THAT(opened.error(), HasSubstr(folder.path()));
    EXPECT_THAT(opened.error(), HasSubstr(why));
  }

  Folder folder;
  std::shared_ptr<TestingFileSystem> system = std::make_shared<TestingFileSystem>(
      folder.path(), [this] { return log ? log->durable() : 0; });
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(system);
  std::string said;
  std::unique_ptr<SegmentLog> log;
};

TEST_F(SegmentLogTest, GivesBackWhatWasSyncedAndNothingElse) {
  make();
  append(0, "zero");
  append(1, "one to three", 3);
  EXPECT_EQ(log->durable(), 0U);
  EXPECT_TRUE(log->read(0, SIZE_MAX)->empty());
  ASSERT_TRUE(log->sync().has_value());
  EXPECT_EQ(log->durable(), 4U);
  append(4, "lost");
  EXPECT_EQ(log->end(), 5U);
  const Records expected{{0, 1, "zero"}, {1, 3, "one to three"}};
  EXPECT_EQ(log->read(0, SIZE_MAX), expected);
  log = open();
  EXPECT_EQ(log->label(), "label");
  EXPECT_EQ(log->end(), 4U);
  EXPECT_EQ(log->read(0, SIZE_MAX), expected);
  EXPECT_EQ(said, "");
}

TEST_F(SegmentLogTest, ReadsFromTheRecordOfAPositionUntilItIsEnough) {
  fill();
  EXPECT_GT(segments().size(), 2U);
  for (std::uint64_t position = 0; position < 400; ++position) {
    const auto one = log->read(position, 1);
    ASSERT_TRUE(one.has_value()) << one.error();
    ASSERT_FALSE(one->empty());
    EXPECT_EQ(one->front(), (SegmentLog::Record{position / 2 * 2, 2, text(position / 2)}));
    const auto rest = log->read(position, SIZE_MAX);
    ASSERT_TRUE(rest.has_value()) << rest.error();
    EXPECT_EQ(rest->size(), 200 - position / 2);
  }
  EXPECT_TRUE(log->read(400, SIZE_MAX)->empty());
  EXPECT_LE(log->read(0, 3000)->size(), 30U);
}

TEST_F(SegmentLogTest, KeepsRecordsLargerThanASegment) {
  make();
  Random random(1);
  Records expected;
  for (std::uint64_t i = 0; i < 12; ++i) {
    const std::string bytes =
        random_bytes(random, i % 3 == 0 ? 3'000'000 + random.below(9) : random.below(400));
    append(i, bytes);
    expected.push_back({i, 1, bytes});
    if (i % 2 == 1) {
      ASSERT_TRUE(log->sync().has_value());
    }
  }
  EXPECT_TRUE(log->read(0, SIZE_MAX) == expected);
  log = open();
  EXPECT_TRUE(log->read(0, SIZE_MAX) == expected);
}

/// The log as a list.
class NaiveLog {
 public:
  void append(const std::string& bytes, std::uint32_t count) {
    records_.push_back({end(), count, bytes});
  }
  void cut(std::size_t records) { records_.resize(records); }
  std::uint64_t end() const { return records_.empty() ? 0 : records_.back().next(); }
  std::uint64_t begin_of(std::size_t record) const {
    return record == records_.size() ? end() : records_[record].first;
  }
  std::size_t size() const { return records_.size(); }
  Records from(std::uint64_t position) const {
    Records out = records_;
    std::erase_if(out, [&](const auto& record) { return record.next() <= position; });
    return out;
  }

 private:
  Records records_;
};

TEST_F(SegmentLogTest, IsAListThatIsCutAndReadAtRandom) {
  make();
  Random random(2);
  NaiveLog naive;
  for (int step = 0; step < 3000; ++step) {
    for (std::uint64_t i = random.below(6); i > 0; --i) {
      const std::string bytes = random_bytes(random, random.below(random.chance(1, 8) ? 3000 : 60));
      const auto count = 1 + static_cast<std::uint32_t>(random.below(9));
      append(naive.end(), bytes, count);
      naive.append(bytes, count);
    }
    ASSERT_TRUE(log->sync().has_value());
    if (random.chance(1, 20)) {
      const std::size_t keep = naive.size() - std::min<std::size_t>(naive.size(), random.below(80));
      ASSERT_TRUE(log->cut(naive.begin_of(keep)).has_value());
      naive.cut(keep);
    }
    if (random.chance(1, 20)) {
      log = open();
    }
    ASSERT_EQ(log->durable(), naive.end());
    const std::uint64_t position = naive.end() - std::min(naive.end(), random.below(500));
    const auto read = log->read(position, SIZE_MAX);
    ASSERT_TRUE(read.has_value()) << read.error();
    ASSERT_TRUE(*read == naive.from(position)) << step;
  }
  EXPECT_TRUE(log->read(0, SIZE_MAX) == naive.from(0));
  EXPECT_EQ(said, "") << "nothing is torn without a crash";
}

TEST_F(SegmentLogTest, CutsOffATornEndAndSaysSo) {
  fill();
  log.reset();
  std::ofstream(path(segments().back()), std::ios::app) << "torn";
  log = open();
  EXPECT_EQ(log->end(), 400U);
  EXPECT_THAT(said, HasSubstr("bytes of a write that a crash had interrupted"));
  append(400, "more");
  ASSERT_TRUE(log->sync().has_value());
  said.clear();
  log = open();
  EXPECT_EQ(log->end(), 401U);
  EXPECT_EQ(said, "");
}

TEST_F(SegmentLogTest, NamesTheFileAndThePlaceOfDamageInTheLastSegment) {
  fill();
  damage(segments().back(), kSegmentHeaderBytes + 40);
  expect_refusal(path(segments().back()) + " can't be read from byte 4096 on");
}

TEST_F(SegmentLogTest, NamesTheFileAndThePlaceOfDamageInAnEarlierSegmentWhenItIsRead) {
  fill();
  damage(segments().front(), kSegmentHeaderBytes + size_in_segment(0) + 35);
  log = open();
  const auto read = log->read(0, SIZE_MAX);
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error(), HasSubstr(path(segments().front()) + " can't be read from byte 4128 "
                                                                 "on, where record 2 should be"));
  EXPECT_TRUE(log->read(390, SIZE_MAX).has_value());
}

TEST_F(SegmentLogTest, NamesARecordThatIsInThePlaceOfAnother) {
  fill();
  const std::string name = path(segments().front());
  std::ifstream file(name, std::ios::binary);
  std::string bytes{std::istreambuf_iterator(file), {}};
  const std::uint64_t id = decode_segment_header(bytes)->log;
  std::string other;
  append_record(id, {.first = 8, .count = 2, .synced = 6, .bytes = ""}, other);
  bytes.replace(kSegmentHeaderBytes, other.size(), other);
  std::ofstream(name, std::ios::binary) << bytes;
  const auto read = log->read(0, SIZE_MAX);
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error(), HasSubstr("from byte 4096 on, where record 0 should be"));
}

TEST_F(SegmentLogTest, NamesASegmentThatIsMissing) {
  fill();
  const std::vector<std::string> names = segments();
  ASSERT_GE(names.size(), 3U);
  std::filesystem::rename(path(names[1]), folder.path() + "/aside");
  log = open();
  const auto read = log->read(0, SIZE_MAX);
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error(), HasSubstr(path(names[0]) + " can't be read from byte"));
  std::filesystem::remove(path(names[0]));
  expect_refusal("its first segment is missing");
}

TEST_F(SegmentLogTest, RefusesSegmentsOfAnotherLogOrPlace) {
  fill();
  const std::string last = segments().back();
  std::filesystem::copy(path(last), path("segment-0000000000ffffff"));
  expect_refusal("segment-0000000000ffffff has the name of another segment");
  std::ofstream(path("segment-0000000000ffffff"))
      << encode_segment_header({.log = 1, .first = 0xffffff, .label = "label"});
  expect_refusal("segment-0000000000ffffff is of another log");
  std::ofstream(path("segment-0000000000ffffff")) << "short";
  expect_refusal("segment-0000000000ffffff is damaged");
}

TEST_F(SegmentLogTest, GrowsByZerosWithSmallWritesOnly) {
  make();
  const auto size = [&] { return std::filesystem::file_size(path(segments().back())); };
  EXPECT_EQ(size(), kSegmentHeaderBytes + kSmallSegment / 64);
  append(0, std::string(5000, 'x'));
  ASSERT_TRUE(log->sync().has_value());
  const auto before = size();
  EXPECT_EQ(before, kSegmentHeaderBytes + size_in_segment(5000));
  append(1, "small");
  ASSERT_TRUE(log->sync().has_value());
  EXPECT_EQ(size(), before + size_in_segment(5) + kSmallSegment / 64);
  const auto grown = size();
  append(2, "small");
  ASSERT_TRUE(log->sync().has_value());
  EXPECT_EQ(size(), grown);
}

TEST_F(SegmentLogTest, FailsForEverAfterAFailedSync) {
  fill();
  system->fail_next_sync(rocksdb::IOStatus::IOError("Input/output error"));
  append(400, "lost");
  const auto synced = log->sync();
  ASSERT_FALSE(synced.has_value());
  EXPECT_THAT(synced.error(), HasSubstr("Input/output error"));
  const std::size_t done = system->operations();
  append(401, "lost, too");
  EXPECT_EQ(log->sync(), synced);
  EXPECT_EQ(log->failure(), synced.error());
  EXPECT_EQ(log->durable(), 400U);
  EXPECT_EQ(system->operations(), done) << "nothing is tried again";
  EXPECT_EQ(log->read(0, SIZE_MAX)->size(), 200U) << "what is durable can be read";
}

TEST_F(SegmentLogTest, LeavesALogWhereverACutIsInterrupted) {
  fill();
  const std::size_t before = system->operations();
  constexpr std::uint64_t kCut = 50;
  ASSERT_TRUE(log->cut(kCut).has_value());
  append(kCut, "after the cut", 2);
  ASSERT_TRUE(log->sync().has_value());
  const DiskHistory history = system->history();
  log.reset();
  Random random(3);
  Disk disk;
  for (std::size_t k = 0; k < history.operations.size(); ++k) {
    disk.apply(history.operations[k]);
    if (k < before) {
      continue;
    }
    for (const DiskImage& image : {disk.everything(), disk.synced_bytes(), disk.some(random)}) {
      folder.hold(image);
      const auto opened = SegmentLog::open({.directory = folder.path(), .log = {}});
      ASSERT_TRUE(opened.has_value()) << opened.error();
      EXPECT_GE((*opened)->end(), kCut);
      const auto read = (*opened)->read(0, SIZE_MAX);
      ASSERT_TRUE(read.has_value()) << read.error();
      for (std::uint64_t i = 0; i < kCut / 2; ++i) {
        EXPECT_EQ(read->at(i).bytes, text(i));
      }
    }
  }
}

}  // namespace
}  // namespace passbook
