// SPDX-License-Identifier: Apache-2.0
// Crashes the journal after every single thing that it does to its folder, and opens what is left.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "journal/disk_journal.h"
#include "journal/testing_file_system.h"

namespace passbook {
namespace {

constexpr JournalOwner kOwner{BankId{7}, {BranchId{1}}};
/// RocksDB's least: tables are written and merged in the middle of the work.
constexpr std::size_t kWriteBufferBytes = std::size_t{64} << 10U;

Entry record(std::uint64_t number) {
  return {.id = {{BranchId{1}}, Sequence{number}},
          .stamp = Stamp{number * 3},
          .dependencies = {{{BranchId{2}}, Sequence{number}}},
          .request = RequestId{BranchId{1}, {CustomerId{3}, number << 40U}, number},
          .change = Deposit{AccountId{1}, Money{static_cast<std::int64_t>(number)}}};
}

std::vector<Record> records(std::uint64_t first, std::uint64_t count) {
  std::vector<Record> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    out.push_back(record(first + i));
  }
  return out;
}

Snapshot snapshot_of(std::uint64_t count) {
  const Entry last = record(count);
  Snapshot out;
  out.records = count;
  out.applied = {last.id};
  out.stamp = last.stamp;
  out.accounts = {{AccountId{1}, {{last.id.origin, Money{5}, Money{4}, Money{3}, Money{2}}}}};
  out.writes = {{*last.request, last.id, last.change, Money{7}}};
  out.writes_since = count;
  return out;
}

/// How many records a journal has; nothing when they are not those that were appended, or are not
/// what its snapshot says.
std::optional<std::uint64_t> count_of(DiskJournal::Opened& opened) {
  const auto& [snapshot, tail] = opened.recall;
  const std::uint64_t before = snapshot ? snapshot->records : 0;
  const auto read = opened.journal->read(0, SIZE_MAX);
  const bool right = tail == records(before + 1, tail.size()) &&
                     (!snapshot || *snapshot == snapshot_of(before)) && read &&
                     read->records == records(1, before + tail.size());
  return right ? std::optional(before + tail.size()) : std::nullopt;
}

/// A folder for one test, in memory where there is such a place: nothing is really synced then.
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

/// The lives of one journal on a folder whose every change is written down.
class Lives {
 public:
  explicit Lives(Folder& folder, DiskHistory earlier = {})
      : folder_(folder),
        promised_(earlier.promised.empty() ? 0 : earlier.promised.back()),
        system_(
            std::make_shared<TestingFileSystem>([this] { return promised(); }, std::move(earlier))),
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
                                     .write_buffer_bytes = kWriteBufferBytes});
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    const auto found = count_of(*opened);
    PASSBOOK_CHECK(found.has_value(), "the records are those that were appended");
    EXPECT_GE(*found, promised_);
    promised_ = *found;
    journal_ = std::move(opened->journal);
    asked_ = journal_.get();
  }

  /// From now on nothing is promised beyond what has been.
  void close() {
    promised_ = promised();
    asked_ = nullptr;
    journal_.reset();
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

/// Some thousand records in batches of all sizes; at times more come while a sync is under way.
void work(Lives& lives, Random& random, int batches) {
  for (int i = 0; i < batches; ++i) {
    const bool meanwhile = random.chance(1, 4);
    if (meanwhile) {
      lives.system().hold_next_sync();
    }
    lives.append(1 + random.below(random.chance(1, 5) ? 600 : 40));
    if (meanwhile) {
      lives.system().wait_until_held();
      lives.append(1 + random.below(40));
      lives.append(1 + random.below(40));
      lives.system().let_go();
    }
    if (random.chance(1, 6)) {
      lives.journal().keep(snapshot_of(lives.journal().appended()));
    }
    if (random.chance(3, 4)) {
      lives.wait();
    }
  }
}

/// What must be there after a crash.
struct Promised {
  bool journal = false;  ///< it had been made
  std::uint64_t records = 0;
  /// The end may be taken for damage; then the journal says so and does not open.
  bool may_refuse = false;
};

/// Opens what crashes have left, counts, and keeps what went wrong.
class Crashes {
 public:
  void recover(const DiskImage& image, const Promised& promised, const std::string& when) {
    ++cases_;
    folder_.hold(image);
    const std::string wrong = open(promised);
    if (!wrong.empty()) {
      wrong_.push_back(when + ": " + wrong);
    }
  }

  void report(const char* what) const {
    fmt::print("{}: {} crashes, {} went wrong, {} ends taken for damage\n", what, cases_,
               wrong_.size(), refused_);
    EXPECT_TRUE(wrong_.empty()) << fmt::format(
        "{}", fmt::join(wrong_.begin(),
                        wrong_.begin() + std::min<std::ptrdiff_t>(std::ssize(wrong_), 9), "\n"));
  }
  std::size_t cases() const { return cases_; }

 private:
  std::string open(const Promised& promised) {
    auto opened = DiskJournal::open({.directory = folder_.path(),
                                     .owner = kOwner,
                                     .changed = {},
                                     .log = {},
                                     .write_buffer_bytes = kWriteBufferBytes});
    if (!opened) {
      refused_ += promised.journal ? 1U : 0U;
      return promised.journal && !promised.may_refuse ? "does not open: " + opened.error() : "";
    }
    const auto found = count_of(*opened);
    if (!found) {
      return "the records are not those that were appended";
    }
    return *found >= promised.records
               ? ""
               : fmt::format("{} records were promised and {} are there", promised.records, *found);
  }

  Folder folder_;
  std::size_t cases_ = 0;
  std::size_t refused_ = 0;
  std::vector<std::string> wrong_;
};

std::string at(const DiskHistory& history, std::size_t k, const char* variant) {
  return fmt::format("{} after {} operations, the last: {}", variant, k,
                     k == 0 ? "none" : describe(history.operations[k - 1]));
}

/// What is there when only a part of the last append was written, and `rest` where its end should
/// be.
DiskImage torn(Disk before, AppendBytes last, std::size_t part, const std::string& rest) {
  last.bytes = last.bytes.substr(0, part) + rest;
  before.apply(last);
  return before.everything();
}

std::string garbage(Random& random, std::size_t length) {
  std::string out;
  while (out.size() < length) {
    out += static_cast<char>(random.below(256));
  }
  return out;
}

/// Every way in which the last operation may have ended, `before` being the disk without it.
void crash_in(Crashes& crashes, const DiskHistory& history, std::size_t k, const Disk& before,
              const Promised& promised, Random& random) {
  Disk disk = before;
  if (k > 0) {
    disk.apply(history.operations[k - 1]);
  }
  crashes.recover(disk.everything(), promised, at(history, k, "kept"));
  crashes.recover(disk.synced_bytes(), promised, at(history, k, "unsynced lost"));
  crashes.recover(disk.some(random), promised, at(history, k, "names and bytes lost"));
  const auto* last = k > 0 ? std::get_if<AppendBytes>(&history.operations[k - 1]) : nullptr;
  if (last != nullptr) {
    const std::size_t part = random.below(last->bytes.size());
    const std::size_t rest = last->bytes.size() - part;
    crashes.recover(torn(before, *last, part, ""), promised, at(history, k, "torn"));
    Promised readable = promised;
    readable.may_refuse = true;
    crashes.recover(torn(before, *last, part, std::string(rest, '\0')), readable,
                    at(history, k, "torn, zeros"));
    crashes.recover(torn(before, *last, part, garbage(random, rest)), readable,
                    at(history, k, "torn, garbage"));
  }
}

/// Crashes after each operation from `first` on; from `whole` on there must be a journal.
void crash_everywhere(Crashes& crashes, const DiskHistory& history, std::size_t first,
                      std::size_t whole, Random& random) {
  Disk before;
  for (std::size_t k = 0; k <= history.operations.size(); ++k) {
    if (k >= first) {
      crash_in(crashes, history, k, before, {k >= whole, history.promised[k]}, random);
    }
    if (k > 0) {
      before.apply(history.operations[k - 1]);
    }
  }
}

bool makes_table(const DiskOperation& operation) {
  const auto* created = std::get_if<CreateFile>(&operation);
  return created != nullptr && created->name.ends_with(".sst");
}

/// A short history of all that a journal does: it is made, written, closed and opened again.
struct Story {
  DiskHistory history;
  std::size_t made = 0;  ///< the operations after which there is a journal
};

Story tell(Random& random, int batches) {
  Folder folder;
  Lives lives(folder);
  lives.open(true);
  const std::size_t made = lives.system().operations();
  work(lives, random, batches * 3 / 5);
  lives.close();
  lives.open(false);
  work(lives, random, batches * 2 / 5);
  lives.close();
  return {lives.system().history(), made};
}

TEST(CrashPoints, LoseNothingThatWasDurable) {
  Random random(11);
  const Story story = tell(random, 100);
  EXPECT_GE(std::ranges::count_if(story.history.operations, makes_table), 4)
      << "the work should be enough for tables to be written in the middle of it";
  Crashes crashes;
  crash_everywhere(crashes, story.history, 0, story.made, random);
  crashes.report("a crash after each operation");
  EXPECT_GE(crashes.cases(), 1000U);
}

DiskHistory beginning(const DiskHistory& history, std::size_t k) {
  const auto end = static_cast<std::ptrdiff_t>(k);
  return {{history.operations.begin(), history.operations.begin() + end},
          {history.promised.begin(), history.promised.begin() + end + 1}};
}

DiskImage everything(const DiskHistory& history) {
  Disk disk;
  for (const DiskOperation& operation : history.operations) {
    disk.apply(operation);
  }
  return disk.everything();
}

TEST(CrashPoints, LoseNothingThatARecoveryHasFoundEvenIfItWasNotSynced) {
  Random random(12);
  const Story story = tell(random, 20);
  Crashes crashes;
  for (std::size_t k = story.made, appends = 0; k < story.history.operations.size(); ++k) {
    if (!std::holds_alternative<AppendBytes>(story.history.operations[k]) || ++appends % 5 != 0) {
      continue;
    }
    const DiskHistory first = beginning(story.history, k + 1);
    Folder folder;
    folder.hold(everything(first));
    Lives lives(folder, first);
    lives.open(false);
    lives.append(3);
    lives.close();
    crash_everywhere(crashes, lives.system().history(), k + 1, 0, random);
  }
  crashes.report("a second crash, in or after the recovery from the first");
  EXPECT_GE(crashes.cases(), 500U);
}

/// A journal of ten durable records, whose disk then fails; appends and closes as if nothing were.
void expect_stop(const rocksdb::IOStatus& status,
                 void (TestingFileSystem::*fail)(rocksdb::IOStatus)) {
  Folder folder;
  Lives lives(folder);
  lives.open(true);
  lives.append(10);
  lives.wait();
  (lives.system().*fail)(status);
  lives.append(5);
  lives.wait();
  ASSERT_TRUE(lives.journal().failure().has_value());
  EXPECT_THAT(*lives.journal().failure(), testing::HasSubstr(status.ToString()));
  const std::size_t done = lives.system().operations();
  lives.append(5);
  EXPECT_EQ(lives.journal().durable(), 10U);
  lives.close();
  EXPECT_EQ(lives.system().operations(), done) << "nothing is tried again";
  const DiskHistory history = lives.system().history();
  Random random(13);
  Crashes crashes;
  crash_everywhere(crashes, history, done, 0, random);
  crashes.report(status.ToString().c_str());
}

TEST(DiskFaults, AfterAFailedSyncNothingMoreBecomesDurableAndNothingIsTriedAgain) {
  expect_stop(rocksdb::IOStatus::IOError("Input/output error"), &TestingFileSystem::fail_next_sync);
}

TEST(DiskFaults, AfterAWriteToAFullDiskNothingMoreBecomesDurableAndNothingIsTriedAgain) {
  expect_stop(rocksdb::IOStatus::NoSpace("No space left on device"),
              &TestingFileSystem::fail_next_append);
}

}  // namespace
}  // namespace passbook
