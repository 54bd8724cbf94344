// SPDX-License-Identifier: Apache-2.0
#include "journal/disk_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdarg>
#include <filesystem>
#include <mutex>
#include <thread>
#include <variant>

#include "base/check.h"
#include "journal/record_codec.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

// What is kept under which key. Blocks have a column family of their own: their keys only rise,
// so that RocksDB never has to merge them with anything.
constexpr std::string_view kOwnerKey = "owner";
constexpr std::string_view kSnapshotKey = "snapshot";
constexpr char kWritesPrefix = 'w';
constexpr char kPositionsPrefix = 'p';
constexpr const char* kBlocks = "blocks";
constexpr std::size_t kMostInBlock = 1024;

/// RocksDB's own log: with one in its directory it aborts the process when the disk is full.
class ForwardingLogger final : public rocksdb::Logger {
 public:
  explicit ForwardingLogger(std::function<void(const std::string&)> log)
      : Logger(rocksdb::WARN_LEVEL), log_(std::move(log)) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 1024> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    if (log_) {
      log_(line.data());
    }
  }

 private:
  std::function<void(const std::string&)> log_;
};

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

/// Big-endian, so that the order of keys is that of numbers.
std::string number_key(std::uint64_t number, std::string prefix = {}) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    prefix += static_cast<char>(number >> static_cast<unsigned>(shift));
  }
  return prefix;
}

std::string key_of(char prefix, std::uint64_t number) {
  return number_key(number, std::string(1, prefix));
}

std::uint64_t number_of(rocksdb::Slice key) {
  std::uint64_t out = 0;
  for (std::size_t i = key.size() - sizeof(out); i < key.size(); ++i) {
    out = out << 8U | static_cast<unsigned char>(key[i]);
  }
  return out;
}

std::string owner_without_incarnation(const JournalOwner& owner) {
  return fmt::format("passbook journal 2, bank {:016x}, branch {}, incarnation ", owner.bank.value,
                     owner.branch.branch.value);
}

rocksdb::Options make_options(const DiskJournal::Config& config) {
  rocksdb::Options options;
  options.create_if_missing = config.create;
  options.create_missing_column_families = config.create;
  options.error_if_exists = config.create;
  options.info_log = std::make_shared<ForwardingLogger>(config.log);
  // In the default mode damage in the middle of a write-ahead file silently loses the rest.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
  options.write_buffer_size = config.write_buffer_bytes;
  options.max_total_wal_size = 2 * config.write_buffer_bytes;
  return options;
}

std::string explain_open(const DiskJournal::Config& config, const rocksdb::Status& status) {
  const std::string why = status.ToString();
  if (config.create) {
    return fmt::format("{}: cannot be made a data directory: {}", config.directory, why);
  }
  if (why.contains("lock")) {
    return fmt::format("{}: another process uses this data directory", config.directory);
  }
  return fmt::format("{}: the journal cannot be opened: {}", config.directory, why);
}

}  // namespace

bool in_use(const std::string& directory) {
  const int file = ::open((directory + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    return false;
  }
  struct flock lock{};
  lock.l_type = F_WRLCK;
  const bool free = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
  ::close(file);
  return !free;
}

/// The database and what is where in it.
class DiskJournal::Store {
 public:
  static std::expected<std::unique_ptr<Store>, std::string> open(const Config& config) {
    const rocksdb::Options options = make_options(config);
    const rocksdb::ColumnFamilyOptions family(options);
    rocksdb::DB* opened = nullptr;
    auto store = std::unique_ptr<Store>(new Store(config.directory));
    const rocksdb::Status status = rocksdb::DB::Open(
        options, config.directory, {{rocksdb::kDefaultColumnFamilyName, family}, {kBlocks, family}},
        &store->families_, &opened);
    store->db_.reset(opened);
    return status.ok() ? std::expected<std::unique_ptr<Store>, std::string>(std::move(store))
                       : Error(explain_open(config, status));
  }

  ~Store() {
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      db_->DestroyColumnFamilyHandle(family);
    }
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void put_block(std::uint64_t first, const std::vector<Record>& records,
                 rocksdb::WriteBatch& out) const {
    out.Put(families_[1], number_key(first), encode_block(records));
  }

  static void put_snapshot(const Snapshot& snapshot, rocksdb::WriteBatch& out) {
    out.Put(slice(kSnapshotKey), encode_snapshot(snapshot));
    out.Put(key_of(kWritesPrefix, snapshot.records), encode_writes(snapshot.writes));
    out.Put(key_of(kPositionsPrefix, snapshot.records), encode_positions(snapshot.applied));
    out.DeleteRange(key_of(kWritesPrefix, 0), key_of(kWritesPrefix, snapshot.writes_since));
  }

  rocksdb::Status write(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return db_->Write(synced, &batch);
  }

  std::expected<void, std::string> make_owner(const JournalOwner& owner) {
    rocksdb::WriteBatch batch;
    batch.Put(slice(kOwnerKey), fmt::format("{}{}", owner_without_incarnation(owner),
                                            owner.branch.incarnation.value));
    const rocksdb::Status status = write(batch);
    return status.ok() ? std::expected<void, std::string>() : Error(damage(status.ToString()));
  }

  /// The incarnation that the directory was made for, if it is the branch's.
  std::expected<Origin, std::string> check_owner(const JournalOwner& owner) const {
    const std::string expected = owner_without_incarnation(owner);
    std::string found = "nobody";
    const rocksdb::Status status = db_->Get({}, slice(kOwnerKey), &found);
    Origin out = owner.branch;
    if (status.ok() && found.starts_with(expected)) {
      const char* end = found.data() + found.size();
      const auto read = std::from_chars(found.data() + expected.size(), end, out.incarnation.value);
      if (read.ec == std::errc() && read.ptr == end) {
        return out;
      }
    }
    return Error(fmt::format("{}: belongs to another ({}, not {})", directory_, found,
                             expected.substr(0, expected.rfind(','))));
  }

  std::expected<Recall, std::string> recall() const {
    Recall out;
    std::string text;
    const rocksdb::Status status = db_->Get(verified(), slice(kSnapshotKey), &text);
    if (status.ok()) {
      out.snapshot = decode_snapshot(text);
      if (!out.snapshot || !read_writes(*out.snapshot)) {
        return Error(damage("its snapshot can't be read"));
      }
    } else if (!status.IsNotFound()) {
      return Error(damage(status.ToString()));
    }
    auto read = this->read(out.snapshot ? out.snapshot->records : 0, SIZE_MAX);
    if (!read) {
      return Error(read.error());
    }
    out.records = std::move(read->records);
    return out;
  }

  std::expected<Read, std::string> read(std::uint64_t first, std::size_t most) const {
    Read out{.records = {}, .next = first};
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified(), families_[1]));
    at->SeekForPrev(number_key(first));
    std::uint64_t expected = at->Valid() ? number_of(at->key()) : 0;
    if (!at->Valid() && at->status().ok()) {
      at->SeekToFirst();
    }
    for (; at->Valid() && out.records.size() < most; at->Next()) {
      auto block = decode_block({at->value().data(), at->value().size()});
      if (number_of(at->key()) != expected || !block) {
        return Error(damaged_after(expected));
      }
      const std::uint64_t skip =
          std::min<std::uint64_t>(first > expected ? first - expected : 0, block->size());
      expected += block->size();
      out.records.insert(
          out.records.end(),
          std::make_move_iterator(block->begin() + static_cast<std::ptrdiff_t>(skip)),
          std::make_move_iterator(block->end()));
    }
    if (!at->status().ok() || expected < first) {
      return Error(fmt::format("{}: {}", damaged_after(expected), at->status().ToString()));
    }
    out.next = first + out.records.size();
    return out;
  }

  std::uint64_t first_beyond(const VersionVector& have) const {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
    at->SeekForPrev(key_of(kPositionsPrefix, UINT64_MAX));
    for (; at->Valid() && at->key().starts_with(std::string(1, kPositionsPrefix)); at->Prev()) {
      const auto positions = decode_positions({at->value().data(), at->value().size()});
      if (positions && at->key().size() == key_of(kPositionsPrefix, 0).size() &&
          have.covers(*positions)) {
        return number_of(at->key());
      }
    }
    return 0;
  }

 private:
  explicit Store(std::string directory) : directory_(std::move(directory)) {}

  static rocksdb::ReadOptions verified() {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    return options;
  }

  std::string damage(const std::string& what) const {
    return fmt::format("{}: the journal is damaged: {}", directory_, what);
  }
  std::string damaged_after(std::uint64_t record) const {
    return fmt::format("{}: the journal is damaged after record {}", directory_, record);
  }

  bool read_writes(Snapshot& snapshot) const {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
    for (at->Seek(key_of(kWritesPrefix, snapshot.writes_since));
         at->Valid() && at->key().starts_with(std::string(1, kWritesPrefix)); at->Next()) {
      auto writes = decode_writes({at->value().data(), at->value().size()});
      if (!writes) {
        return false;
      }
      snapshot.writes.insert(snapshot.writes.end(), std::make_move_iterator(writes->begin()),
                             std::make_move_iterator(writes->end()));
    }
    return at->status().ok();
  }

  std::string directory_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

class DiskJournal::Impl {
 public:
  Impl(std::unique_ptr<Store> store, std::uint64_t records, std::function<void()> changed)
      : store_(std::move(store)),
        appended_(records),
        durable_(records),
        changed_(std::move(changed)),
        writer_([this] { write_until_closed(); }) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// What was appended is written first.
  ~Impl() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_one();
    writer_.join();
  }

  void append(std::vector<Record> records) {
    if (!records.empty()) {
      appended_ += records.size();
      hand_over(std::move(records));
    }
  }

  void keep(Snapshot snapshot) {
    PASSBOOK_CHECK(snapshot.records == appended_, "a snapshot is of all records");
    hand_over(std::move(snapshot));
  }

  std::uint64_t appended() const { return appended_; }
  std::uint64_t durable() const { return durable_.load(); }
  const Store& store() const { return *store_; }

  std::optional<std::string> failure() const {
    const std::scoped_lock lock(mutex_);
    return failure_;
  }

 private:
  using Work = std::variant<std::vector<Record>, Snapshot>;

  void hand_over(Work work) {
    {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(work));
    }
    arrived_.notify_one();
  }

  void write_until_closed() {
    while (true) {
      std::vector<Work> taken;
      {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
        if (waiting_.empty() || failure_) {
          return;
        }
        taken = std::exchange(waiting_, {});
      }
      write(taken);
      if (changed_) {
        changed_();
      }
    }
  }

  /// All of it with one sync.
  void write(std::vector<Work>& taken) {
    rocksdb::WriteBatch batch;
    std::uint64_t written = durable_;
    std::vector<Record> block;
    const auto end_block = [&] {
      if (!block.empty()) {
        store_->put_block(written, block, batch);
        written += block.size();
        block.clear();
      }
    };
    for (Work& work : taken) {
      if (const auto* snapshot = std::get_if<Snapshot>(&work)) {
        end_block();
        Store::put_snapshot(*snapshot, batch);
        continue;
      }
      for (Record& record : std::get<std::vector<Record>>(work)) {
        block.push_back(std::move(record));
        if (block.size() == kMostInBlock) {
          end_block();
        }
      }
    }
    end_block();
    const rocksdb::Status status = store_->write(batch);
    if (status.ok()) {
      durable_ = written;
      return;
    }
    const std::scoped_lock lock(mutex_);
    failure_ = fmt::format("the journal could not be written: {}", status.ToString());
  }

  std::unique_ptr<Store> store_;
  std::uint64_t appended_;  ///< of the appending thread
  std::atomic<std::uint64_t> durable_;
  std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Work> waiting_;           ///< under the mutex
  std::optional<std::string> failure_;  ///< under the mutex
  bool closed_ = false;                 ///< under the mutex
  std::thread writer_;
};

std::expected<DiskJournal::Opened, std::string> DiskJournal::open(const Config& config) {
  std::error_code error;
  if (!config.create && !std::filesystem::exists(config.directory + "/CURRENT", error)) {
    return Error(fmt::format("{}: holds no journal; --create makes one", config.directory));
  }
  if (config.create) {
    std::filesystem::create_directories(config.directory, error);
  }
  auto store = Store::open(config);
  if (!store) {
    return Error(store.error());
  }
  if (const auto made =
          config.create ? (*store)->make_owner(config.owner) : std::expected<void, std::string>();
      !made) {
    return Error(made.error());
  }
  const auto branch = (*store)->check_owner(config.owner);
  if (!branch) {
    return Error(branch.error());
  }
  auto recall = (*store)->recall();
  if (!recall) {
    return Error(recall.error());
  }
  const std::uint64_t records =
      (recall->snapshot ? recall->snapshot->records : 0) + recall->records.size();
  auto impl = std::make_unique<Impl>(std::move(*store), records, config.changed);
  return Opened{.journal = std::unique_ptr<DiskJournal>(new DiskJournal(std::move(impl))),
                .branch = *branch,
                .recall = std::move(*recall)};
}

DiskJournal::DiskJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DiskJournal::~DiskJournal() = default;

void DiskJournal::append(std::vector<Record> records) { impl_->append(std::move(records)); }
void DiskJournal::keep(Snapshot snapshot) { impl_->keep(std::move(snapshot)); }
std::uint64_t DiskJournal::appended() const { return impl_->appended(); }
std::uint64_t DiskJournal::durable() const { return impl_->durable(); }
std::optional<std::string> DiskJournal::failure() const { return impl_->failure(); }
std::expected<Journal::Read, std::string> DiskJournal::read(std::uint64_t first, std::size_t most) {
  return impl_->store().read(first, most);
}
std::uint64_t DiskJournal::first_beyond(const VersionVector& have) {
  return impl_->store().first_beyond(have);
}

}  // namespace passbook
