// SPDX-License-Identifier: Apache-2.0
#include "journal/snapshots.h"

#include <condition_variable>
#include <mutex>

#include "journal/data_directory.h"
#include "journal/record_codec.h"
#include "journal/segment_log.h"
#include "journal/testing_journal.h"

namespace passbook {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kRecords = 300;

std::string key(std::string prefix, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    prefix += static_cast<char>(number >> static_cast<unsigned>(shift));
  }
  return prefix;
}

/// The database of a journal, read directly from its files.
class Database {
 public:
  explicit Database(const std::string& directory) {
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open({}, directory, &opened);
    PASSBOOK_CHECK(status.ok(), status.ToString());
    db_.reset(opened);
  }

  bool has(const std::string& key) {
    std::string value;
    return db_->Get({}, key, &value).ok();
  }
  void remove(const std::string& key) { done(db_->Delete({}, key)); }
  void put(const std::string& key, const std::string& value) { done(db_->Put({}, key, value)); }

 private:
  static void done(const rocksdb::Status& status) { PASSBOOK_CHECK(status.ok(), "it is written"); }

  std::unique_ptr<rocksdb::DB> db_;
};

Snapshot snapshot_since(std::uint64_t count, std::uint64_t since) {
  Snapshot out = snapshot_of(count);
  out.pages_since = since;
  return out;
}

/// Ten accounts have changed since the snapshot of 100 records, whose page this one needs.
Snapshot second_snapshot() {
  Snapshot out = snapshot_since(200, 100);
  out.accounts.resize(10);
  out.moved = snapshot_of(100).moved + 10 * 100;
  return out;
}

/// A journal of 300 records in blocks of ten, with snapshots after 100 and 200.
class SnapshotsTest : public testing::Test {
 protected:
  SnapshotsTest() {
    auto opened = open(true);
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    DiskJournal& journal = *opened->journal;
    while (journal.appended() < kRecords) {
      append(journal);
      if (journal.appended() == 100) {
        journal.keep(snapshot_since(100, 100));
      } else if (journal.appended() == 200) {
        journal.keep(second_snapshot());
      }
    }
  }

  void append(DiskJournal& journal) {
    journal.append(records(journal.appended() + 1, 10));
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30),
                                  [&] { return journal.durable() == journal.appended(); }));
  }

  std::expected<DiskJournal::Opened, std::string> open(bool create = false) {
    return DiskJournal::open({.directory = folder.path(),
                              .owner = kOwner,
                              .create = create,
                              .changed =
                                  [this] {
                                    const std::scoped_lock lock(mutex_);
                                    changed_.notify_all();
                                  },
                              .log = [this](const std::string& line) { said += line + "\n"; }});
  }

  /// Expects that the journal names the fault, reads all records, and can keep a later snapshot.
  void expect_all_records(const std::string& why) {
    {
      said.clear();
      const auto opened = open();
      ASSERT_TRUE(opened.has_value()) << opened.error();
      EXPECT_THAT(said, HasSubstr(folder.path() + ": the snapshots are damaged"));
      EXPECT_THAT(said, HasSubstr(why));
      EXPECT_FALSE(opened->recall.snapshot.has_value());
      EXPECT_EQ(opened->recall.records, records(1, kRecords));
      opened->journal->keep(snapshot_of(kRecords));
    }
    said.clear();
    const auto again = open();
    ASSERT_TRUE(again.has_value()) << again.error();
    EXPECT_EQ(said, "");
    EXPECT_EQ(again->recall.snapshot, snapshot_of(kRecords));
  }

  Folder folder;
  std::string said;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

TEST_F(SnapshotsTest, ReadsUntilItHasTheBytesThatWereAskedFor) {
  const auto opened = open();
  for (const std::uint64_t first : {0U, 1U, 9U, 10U, 11U, 95U, 200U, 299U, 300U}) {
    const std::size_t one = bytes_in(record(5));
    for (const std::size_t wanted : {std::size_t{1}, 10 * one, 10 * one + 1, 25 * one, SIZE_MAX}) {
      const auto read = opened->journal->read(first, wanted);
      ASSERT_TRUE(read.has_value()) << read.error();
      const std::uint64_t count = read->records.size();
      EXPECT_EQ(read->records, records(first + 1, count));
      EXPECT_EQ(read->next, first + count);
      const std::uint64_t enough = wanted / one + (wanted % one > 0 ? 1 : 0);
      EXPECT_EQ(count, std::min<std::uint64_t>(enough, kRecords - first));
    }
  }
  EXPECT_FALSE(opened->journal->read(kRecords + 1, 1).has_value()) << "there are not so many";
}

TEST_F(SnapshotsTest, KnowsFromItsSnapshotsWhatAnotherHasCertainly) {
  const auto opened = open();
  const auto beyond = [&](std::uint64_t sequence) {
    return opened->journal->first_beyond({{kOwner.branch, Sequence{sequence}}});
  };
  EXPECT_EQ(opened->journal->first_beyond({}), 0U);
  EXPECT_EQ(opened->journal->first_beyond({{{BranchId{9}}, Sequence{900}}}), 0U);
  EXPECT_EQ(beyond(99), 0U);
  EXPECT_EQ(beyond(100), 100U);
  EXPECT_EQ(beyond(199), 100U);
  EXPECT_EQ(beyond(200), 200U);
  EXPECT_EQ(beyond(900), 200U);
}

TEST_F(SnapshotsTest, RecallsTheNewestWithEachAccountAsItWasLastAndAllPagesAndTheRecordsAfterIt) {
  const auto opened = open();
  Snapshot expected = second_snapshot();
  const Snapshot first = snapshot_of(100);
  expected.accounts.insert(expected.accounts.end(), first.accounts.begin() + 10,
                           first.accounts.end());
  expected.pages.insert(expected.pages.begin(), first.pages.front());
  EXPECT_EQ(opened->recall.snapshot, expected);
  EXPECT_EQ(opened->recall.records, records(201, 100));
  EXPECT_EQ(opened->journal->durable(), kRecords);
}

TEST_F(SnapshotsTest, MayBeOfFewerRecordsThanThereAre) {
  open()->journal->keep(snapshot_of(280));
  const auto opened = open();
  ASSERT_TRUE(opened.has_value()) << opened.error();
  EXPECT_EQ(opened->recall.snapshot, snapshot_of(280));
  EXPECT_EQ(opened->recall.records, records(281, 20));
}

TEST_F(SnapshotsTest, DeletesPagesThatNoSnapshotNeeds) {
  open()->journal->keep(snapshot_since(300, 200));
  {
    Database database(folder.path());
    EXPECT_FALSE(database.has(key("s", 100)));
    EXPECT_TRUE(database.has(key("s", 200)));
    EXPECT_TRUE(database.has(key("s", 300)));
    EXPECT_TRUE(database.has(key("p", 100))) << "positions are kept";
  }
  const auto opened = open();
  ASSERT_TRUE(opened.has_value()) << opened.error();
  EXPECT_TRUE(opened->recall.records.empty());
  EXPECT_EQ(opened->recall.snapshot->pages.size(), 2U);
}

TEST_F(SnapshotsTest, AreThoseBeforeATornEnd) {
  for (const std::string& name : names_in(folder.path())) {
    const std::string path = folder.path() + "/" + name;
    if (name.ends_with(".log") && std::filesystem::file_size(path) > 0) {
      std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
          .seekp(-9, std::ios::end)
          .write("garbage", 7);
    }
  }
  const auto opened = open();
  ASSERT_TRUE(opened.has_value()) << opened.error();
  EXPECT_EQ(said.find("damaged"), std::string::npos) << said;
  EXPECT_EQ(opened->recall.snapshot, snapshot_since(100, 100));
  EXPECT_EQ(opened->recall.records, records(101, 200));
}

TEST_F(SnapshotsTest, AreGivenUpWhenTheNewestIsDamaged) {
  Database(folder.path()).put("newest", "\xff\xff");
  expect_all_records("the newest can't be read");
}

TEST_F(SnapshotsTest, AreGivenUpWhenTheNewestIsMissing) {
  Database(folder.path()).remove("newest");
  expect_all_records("the newest is missing");
}

TEST_F(SnapshotsTest, AreGivenUpWhenAnEarlierVersionMadeThem) {
  {
    Database database(folder.path());
    database.remove("newest");
    database.put("snapshot", "with all its accounts");
  }
  expect_all_records("they are of an earlier version");
}

TEST_F(SnapshotsTest, AreGivenUpWhenAnAccountIsDamaged) {
  Database(folder.path()).put(key("a", 7), "\xff\xff");
  expect_all_records("an account can't be read");
}

TEST_F(SnapshotsTest, AreGivenUpWhenAnAccountIsMissing) {
  Database(folder.path()).remove(key("a", 700));
  expect_all_records("an account is missing or from another snapshot");
}

TEST_F(SnapshotsTest, AreGivenUpWhenAnAccountIsAsItWasBefore) {
  Database(folder.path()).put(key("a", 7), encode_account(account_at(7, 100)));
  expect_all_records("an account is missing or from another snapshot");
}

TEST_F(SnapshotsTest, AreGivenUpWhenAnOldPageOfSessionsIsMissing) {
  Database(folder.path()).remove(key("s", 100));
  expect_all_records("a page of sessions");
}

TEST_F(SnapshotsTest, AreGivenUpWhenTheNewestPageOfSessionsIsMissing) {
  Database(folder.path()).remove(key("s", 200));
  expect_all_records("a page of sessions");
}

TEST_F(SnapshotsTest, AreGivenUpWhenAPageOfPositionsIsMissing) {
  Database(folder.path()).remove(key("p", 200));
  expect_all_records("a page of sessions");
}

TEST_F(SnapshotsTest, AreGivenUpWhenAPageOfSessionsIsDamaged) {
  Database(folder.path()).put(key("s", 100), "\xff\xff");
  expect_all_records("a page of sessions is missing or can't be read");
}

TEST_F(SnapshotsTest, AreGivenUpWhenTheDatabaseIsMissing) {
  std::filesystem::remove(folder.path() + "/CURRENT");
  expect_all_records("it is missing");
}

TEST_F(SnapshotsTest, AreNotNewerThanTheLog) {
  {
    auto log = SegmentLog::open({.directory = folder.path(), .log = {}});
    ASSERT_TRUE((*log)->cut(190).has_value());
  }
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error(), HasSubstr("the journal is damaged after record 190"));
}

TEST_F(SnapshotsTest, DoNotHideABlockThatCannotBeDecoded) {
  {
    auto log = SegmentLog::open({.directory = folder.path(), .log = {}});
    ASSERT_TRUE((*log)->cut(290).has_value());
    (*log)->append(encode_block(records(291, 9)), 10);
    ASSERT_TRUE((*log)->sync().has_value());
  }
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error(), HasSubstr("the journal is damaged after record 290"));
}

}  // namespace
}  // namespace passbook
