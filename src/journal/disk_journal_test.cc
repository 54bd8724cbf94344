// SPDX-License-Identifier: Apache-2.0
#include "journal/disk_journal.h"

#include <rocksdb/db.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/check.h"
#include "journal/data_directory.h"
#include "journal/segment_log.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::HasSubstr;

constexpr JournalOwner kOwner{BankId{7}, {BranchId{1}}};

std::vector<Record> records(std::uint64_t first, std::uint64_t count) {
  std::vector<Record> out;
  for (std::uint64_t i = first; i < first + count; ++i) {
    out.emplace_back(build(
        {.origin = {BranchId{1}},
         .process = {.counter = 1, .nonce = 2},
         .first = Sequence{i},
         .stamp = Stamp{i},
         .dependencies = {{{{BranchId{2}}, Sequence{i}}, Tag{i}}},
         .previous = i == 1 ? Digest{} : digest_of(std::to_string(i))},
        {{Deposit{AccountId{1}, Money{5}}, RequestId{{BranchId{1}}, {CustomerId{3}, 4}, i}, 0}}));
  }
  return out;
}

class DiskJournalTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(directory); }

  DiskJournal::Config config(bool create) {
    return {.directory = directory,
            .owner = kOwner,
            .create = create,
            .changed =
                [this] {
                  const std::scoped_lock lock(mutex);
                  changed.notify_all();
                },
            .log = {}};
  }

  DiskJournal::Opened must_open(bool create) {
    auto opened = DiskJournal::open(config(create));
    EXPECT_TRUE(opened.has_value()) << opened.error();
    return std::move(*opened);
  }

  void wait_until_durable(const DiskJournal& journal) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(30),
                                 [&] { return journal.durable() == journal.appended(); }));
  }

  std::string make_directory() {
    std::string name = testing::TempDir() + "journal.XXXXXX";
    PASSBOOK_CHECK(mkdtemp(name.data()) != nullptr, "no directory for the test");
    return name + "/data";
  }

  std::string directory = make_directory();
  std::mutex mutex;
  std::condition_variable changed;
};

TEST_F(DiskJournalTest, GivesBackWhatBecameDurableInOrder) {
  std::vector<Record> all = records(1, 3);
  {
    auto opened = must_open(true);
    EXPECT_TRUE(opened.recall.records.empty());
    opened.journal->append(records(1, 3));
    opened.journal->append({});
    wait_until_durable(*opened.journal);
    for (const Record& record : records(4, 500)) {
      opened.journal->append({record});
      all.push_back(record);
    }
    wait_until_durable(*opened.journal);
    EXPECT_EQ(opened.journal->durable(), 503U);
  }
  auto again = must_open(false);
  EXPECT_EQ(again.recall.records, all);
  EXPECT_EQ(again.journal->durable(), 503U);
  again.journal->append(records(504, 1));
  wait_until_durable(*again.journal);
}

TEST_F(DiskJournalTest, WritesAndReadsLargeBlocksAFewAtATime) {
  constexpr std::size_t kMiB = std::size_t{1} << 20U;
  std::vector<EntryDraft> entries(10'000, {Deposit{AccountId{1}, Money{5}}, {}, 0});
  TestLog log(kOwner.branch);
  while (log.blocks().size() < 8) {
    log.add(entries);
  }
  const std::size_t one = log.blocks()[0].bytes().size();
  ASSERT_GT(one, kMiB / 2);
  const std::vector<Record> all(log.blocks().begin(), log.blocks().end());
  {
    const auto opened = must_open(true);
    opened.journal->append(all);
    wait_until_durable(*opened.journal);
    const auto read = opened.journal->read(1, kMiB);
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(read->records, std::vector(all.begin() + 1, all.begin() + 3));
    EXPECT_EQ(read->next, 3U);
    EXPECT_EQ(opened.journal->read(7, 1)->records, std::vector{all[7]}) << "one at least";
  }
  const auto written = SegmentLog::open({.directory = directory, .log = {}});
  ASSERT_TRUE(written.has_value()) << written.error();
  const auto in_log = (*written)->read(0, SIZE_MAX);
  ASSERT_TRUE(in_log.has_value()) << in_log.error();
  for (const SegmentLog::Record& record : *in_log) {
    EXPECT_LT(record.bytes.size(), kMiB + one) << "who needs one block reads no more than that";
  }
}

TEST_F(DiskJournalTest, WritesWhatWasAppendedBeforeItCloses) {
  must_open(true).journal->append(records(1, 100));
  EXPECT_EQ(must_open(false).recall.records.size(), 100U);
}

TEST_F(DiskJournalTest, IsMadeOnPurposeOnly) {
  const auto missing = DiskJournal::open(config(false));
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error(), HasSubstr("--create makes one"));
  must_open(true);
  EXPECT_FALSE(DiskJournal::open(config(true)).has_value()) << "there is one already";
}

TEST_F(DiskJournalTest, IsMadeAnewAfterAnInterruptedMaking) {
  must_open(true).journal->append(records(1, 3));
  std::ofstream(directory + "/UNFINISHED") << "as a crash would leave it";
  const auto unfinished = DiskJournal::open(config(false));
  ASSERT_FALSE(unfinished.has_value());
  EXPECT_THAT(unfinished.error(), HasSubstr("its creation was interrupted; --create starts over"));
  EXPECT_TRUE(must_open(true).recall.records.empty());
  EXPECT_TRUE(must_open(false).recall.records.empty());
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator(file), {}};
}

std::filesystem::path segment(const std::string& directory) {
  return directory + "/segment-0000000000000000";
}

/// Where the zeros at the end of a file begin.
std::size_t end_of_records(const std::string& path) {
  return content(path).find_last_not_of('\0') + 1;
}

TEST_F(DiskJournalTest, IsNotMadeAmongForeignFiles) {
  std::filesystem::create_directories(directory + "/lost+found");
  std::ofstream(directory + "/letter.log") << "dear bank";
  for (const bool unfinished : {false, true}) {
    if (unfinished) {
      std::ofstream(directory + "/UNFINISHED") << "as a crash would leave it";
      std::filesystem::rename(directory + "/letter.log", directory + "/letter");
    }
    const auto before = names_in(directory);
    const auto opened = DiskJournal::open(config(true));
    ASSERT_FALSE(opened.has_value());
    EXPECT_THAT(opened.error(), HasSubstr("it holds other things, such as letter"));
    EXPECT_EQ(names_in(directory), before);
  }
  EXPECT_EQ(content(directory + "/letter"), "dear bank");
  std::filesystem::remove(directory + "/letter");
  must_open(true);
}

TEST_F(DiskJournalTest, IsNotMadeWhereADamagedOneIs) {
  must_open(true).journal->append(records(1, 3));
  std::filesystem::remove(directory + "/CURRENT");
  const auto opened = DiskJournal::open(config(true));
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error(), HasSubstr("it holds a journal already"));
  EXPECT_EQ(must_open(false).recall.records, records(1, 3)) << "the log is all that is needed";
  std::filesystem::remove(segment(directory));
  EXPECT_THAT(DiskJournal::open(config(true)).error(), HasSubstr("it holds a journal already"));
  EXPECT_THAT(DiskJournal::open(config(false)).error(), HasSubstr("its log is missing"));
}

TEST_F(DiskJournalTest, IsMadeWithTheDirectoriesAboveIt) {
  directory += "/above/data/";
  must_open(true).journal->append(records(1, 3));
  EXPECT_EQ(must_open(false).recall.records.size(), 3U);
}

TEST_F(DiskJournalTest, BelongsToOneBranchOfOneBank) {
  must_open(true);
  auto other = config(false);
  other.owner.branch.branch = BranchId{2};
  const auto opened = DiskJournal::open(other);
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error(), HasSubstr("belongs to another bank"));
}

TEST_F(DiskJournalTest, IsUsedByOneProcessAtATime) {
  const auto first = must_open(true);
  const auto second = DiskJournal::open(config(false));
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error(), HasSubstr("another process uses"));
}

TEST_F(DiskJournalTest, CutsOffATornEnd) {
  {
    auto opened = must_open(true);
    for (std::uint64_t i = 0; i < 10; ++i) {
      opened.journal->append(records(1 + i, 1));
      wait_until_durable(*opened.journal);
    }
  }
  const auto file = segment(directory);
  std::filesystem::resize_file(file, end_of_records(file) - 3);
  EXPECT_EQ(must_open(false).recall.records, records(1, 9));
}

TEST_F(DiskJournalTest, RefusesToStartWhenTheMiddleIsDamaged) {
  {
    auto opened = must_open(true);
    for (std::uint64_t i = 0; i < 10; ++i) {
      opened.journal->append(records(1 + i, 50));
      wait_until_durable(*opened.journal);
    }
  }
  const auto file = segment(directory);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(end_of_records(file) / 2));
    bytes.put('\x55').put('\xaa').put('\x55');
  }
  const auto opened = DiskJournal::open(config(false));
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error(), HasSubstr(file.string() + " can't be read from byte"));
  EXPECT_THAT(opened.error(), HasSubstr("passbook recover"));
}

TEST_F(DiskJournalTest, TakesLittleSpaceWhileItIsEmpty) {
  const auto opened = must_open(true);
  std::uintmax_t size = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    size += file.file_size();
  }
  EXPECT_LT(size, 2'000'000U);
}

TEST_F(DiskJournalTest, RefusesAJournalThatKeptItsRecordsInTheDatabase) {
  std::filesystem::create_directories(directory);
  rocksdb::Options options;
  options.create_if_missing = options.create_missing_column_families = true;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* database = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, directory,
                                {{rocksdb::kDefaultColumnFamilyName, {}}, {"blocks", {}}},
                                &families, &database)
                  .ok());
  for (auto* family : families) {
    database->DestroyColumnFamilyHandle(family);
  }
  delete database;
  const auto before = names_in(directory);
  const auto opened = DiskJournal::open(config(false));
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error(), HasSubstr(directory + ": holds a journal of format 2"));
  EXPECT_THAT(opened.error(), HasSubstr("passbook recover"));
  EXPECT_EQ(names_in(directory), before);
}

}  // namespace
}  // namespace passbook
