// SPDX-License-Identifier: Apache-2.0
// Helpers for tests of the journal: records and snapshots, folders, and a journal whose every
// change to its folder is recorded.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "journal/disk_journal.h"
#include "journal/testing_file_system.h"
#include "ledger/testing_block.h"

namespace passbook {

constexpr JournalOwner kOwner{BankId{7}, {BranchId{1}}};
/// Small, so that the log has many files.
constexpr std::size_t kSegmentBytes = std::size_t{64} << 10U;
/// RocksDB's minimum, so that large snapshots write tables while the test runs.
constexpr std::size_t kSnapshotBufferBytes = std::size_t{64} << 10U;

/// A block of one entry. The journal does not check that it follows the previous one.
inline Block record(std::uint64_t number) {
  return build({.origin = {BranchId{1}},
                .process = {.counter = 1, .nonce = 2},
                .first = Sequence{number},
                .stamp = Stamp{number * 3},
                .dependencies = {{{{BranchId{2}}, Sequence{number}}, Tag{number}}},
                .previous = number == 1 ? Digest{} : digest_of(std::to_string(number))},
               {{Deposit{AccountId{1}, Money{static_cast<std::int64_t>(number)}},
                 RequestId{{BranchId{1}}, {CustomerId{3}, number << 40U}, number}, 0}});
}

inline std::vector<Record> records(std::uint64_t first, std::uint64_t count) {
  std::vector<Record> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    out.push_back(record(first + i));
  }
  return out;
}

/// An account as it stands in a snapshot of `count` records.
inline AccountSnapshot account_at(std::uint64_t account, std::uint64_t count) {
  const Money in{static_cast<std::int64_t>(account + count)};
  return {AccountId{account}, {{Origin{BranchId{1}}, Money{5}, in, Money{3}, Money{2}}}};
}

/// All accounts changed since the previous snapshot, so a mixture of two snapshots equals neither.
inline Snapshot snapshot_of(std::uint64_t count) {
  const Block block = record(count);
  const Entry last = block.entry(0);
  Snapshot out;
  out.records = count;
  out.applied = {last.id};
  out.digests = {block.digest()};
  out.stamp = last.stamp;
  for (std::uint64_t account = 1; account <= 1500; ++account) {
    out.accounts.push_back(account_at(account, count));
  }
  out.moved = moved_in(out.accounts);
  const Decision decision{.number = last.request->number,
                          .change = last.change,
                          .entry = last.id.sequence,
                          .balance = Money{7}};
  out.pages = {{.retired = {}, .sessions = {{session_of(*last.request), 0, {decision}}}}};
  out.pages_since = count;
  return out;
}

/// The number of records in a journal. Nothing if they are not the ones that were appended, or do
/// not match its snapshot.
inline std::optional<std::uint64_t> count_of(DiskJournal::Opened& opened) {
  const auto& [snapshot, tail] = opened.recall;
  const std::uint64_t before = snapshot ? snapshot->records : 0;
  const auto read = opened.journal->read(0, SIZE_MAX);
  const bool right = tail == records(before + 1, tail.size()) &&
                     (!snapshot || *snapshot == snapshot_of(before)) && read &&
                     read->records == records(1, before + tail.size());
  return right ? std::optional(before + tail.size()) : std::nullopt;
}

/// A folder for one test, in memory if possible, where nothing is really synced.
class Folder {
 public:
  Folder() {
    const std::string memory = "/dev/shm/";
    std::string name =
        (access(memory.c_str(), W_OK) == 0 ? memory : testing::TempDir()) + "passbook-crash.XXXXXX";
    PASSBOOK_CHECK(mkdtemp(name.data()) != nullptr, "no directory for the test");
    root_ = name;
  }
  ~Folder() { std::filesystem::remove_all(root_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path() const { return root_ + "/data"; }

  void hold(const DiskImage& image) const {
    std::filesystem::remove_all(path());
    std::filesystem::create_directory(path());
    for (const auto& [name, bytes] : image) {
      std::ofstream(path() + "/" + name, std::ios::binary) << bytes;
    }
  }

 private:
  std::string root_;
};

/// Successive openings of one journal, in a folder whose every change is recorded.
class Lives {
 public:
  explicit Lives(Folder& folder, DiskHistory earlier = {})
      : folder_(folder),
        promised_(earlier.promised.empty() ? 0 : earlier.promised.back()),
        system_(std::make_shared<TestingFileSystem>(
            folder.path(), [this] { return promised(); }, std::move(earlier))),
        env_(rocksdb::NewCompositeEnv(system_)) {}

  ~Lives() { close(); }
  Lives(const Lives&) = delete;
  Lives& operator=(const Lives&) = delete;

  TestingFileSystem& system() { return *system_; }
  DiskJournal& journal() { return *journal_; }

  void open(bool create) {
    auto opened = DiskJournal::open({.directory = folder_.path(),
                                     .owner = kOwner,
                                     .create = create,
                                     .changed = [this] { notice(); },
                                     .log = {},
                                     .env = env_.get(),
                                     .segment_bytes = kSegmentBytes,
                                     .snapshot_buffer_bytes = kSnapshotBufferBytes});
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    const auto found = count_of(*opened);
    PASSBOOK_CHECK(found.has_value(), "the records are those that were appended");
    EXPECT_GE(*found, promised_);
    promised_ = *found;
    journal_ = std::move(opened->journal);
    asked_ = journal_.get();
  }

  /// From now on nothing more is promised.
  void close() {
    promised_ = promised();
    asked_ = nullptr;
    journal_.reset();
  }

  /// Waits until the journal has failed.
  void wait_for_failure() {
    std::unique_lock lock(mutex_);
    PASSBOOK_CHECK(changed_.wait_for(lock, std::chrono::seconds(30),
                                     [this] { return journal_->failure().has_value(); }),
                   "the journal fails");
  }

  void append(std::uint64_t count) { journal_->append(records(journal_->appended() + 1, count)); }

  void wait() {
    std::unique_lock lock(mutex_);
    PASSBOOK_CHECK(changed_.wait_for(lock, std::chrono::seconds(30),
                                     [this] {
                                       return journal_->durable() == journal_->appended() ||
                                              journal_->failure().has_value();
                                     }),
                   "the journal gets on");
  }

 private:
  void notice() {
    const std::scoped_lock lock(mutex_);
    changed_.notify_all();
  }

  std::uint64_t promised() const {
    const DiskJournal* journal = asked_;
    return journal == nullptr ? promised_.load() : journal->durable();
  }

  Folder& folder_;
  std::atomic<std::uint64_t> promised_;
  std::atomic<const DiskJournal*> asked_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<TestingFileSystem> system_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<DiskJournal> journal_;
};

}  // namespace passbook
