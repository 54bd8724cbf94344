// SPDX-License-Identifier: Apache-2.0
#include "journal/disk_journal.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <condition_variable>
#include <cstdarg>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "journal/block.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

constexpr std::string_view kOwnerKey = "owner";
constexpr char kBlockPrefix = 'b';

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

/// After a full disk RocksDB would go on by itself as soon as there is room: it writes a table and
/// deletes the write-ahead file, while the branch stops because of that file.
class NoSecondTry final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

/// Blocks are keyed by the index of their first record, so that they are kept in order.
std::string block_key(std::uint64_t first) {
  std::string key(1, kBlockPrefix);
  for (int shift = 56; shift >= 0; shift -= 8) {
    key += static_cast<char>(first >> static_cast<unsigned>(shift));
  }
  return key;
}

std::string encode_owner(const JournalOwner& owner) {
  return fmt::format("passbook journal 1, bank {:016x}, branch {}, incarnation {}",
                     owner.bank.value, owner.branch.branch.value, owner.branch.incarnation.value);
}

rocksdb::Options make_options(const DiskJournal::Config& config) {
  rocksdb::Options options;
  options.create_if_missing = config.create;
  options.error_if_exists = config.create;
  options.listeners.push_back(std::make_shared<NoSecondTry>());
  options.info_log = std::make_shared<ForwardingLogger>(config.log);
  // In the default mode damage in the middle of a write-ahead file silently loses the rest.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
  options.write_buffer_size = config.write_buffer_bytes;
  if (config.env != nullptr) {
    options.env = config.env;
  }
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

class DiskJournal::Impl {
 public:
  Impl(std::unique_ptr<rocksdb::DB> db, std::uint64_t records, std::function<void()> changed)
      : db_(std::move(db)),
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

  void append(std::vector<Entry> records) {
    if (records.empty()) {
      return;
    }
    {
      const std::scoped_lock lock(mutex_);
      appended_ += records.size();
      waiting_.push_back(std::move(records));
    }
    arrived_.notify_one();
  }

  std::uint64_t appended() const { return appended_; }
  std::uint64_t durable() const { return durable_.load(); }

  std::optional<std::string> failure() const {
    const std::scoped_lock lock(mutex_);
    return failure_;
  }

 private:
  void write_until_closed() {
    while (true) {
      std::vector<std::vector<Entry>> taken;
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

  void write(std::vector<std::vector<Entry>>& taken) {
    std::vector<Entry> block = std::move(taken.front());
    for (std::size_t i = 1; i < taken.size(); ++i) {
      block.insert(block.end(), std::make_move_iterator(taken[i].begin()),
                   std::make_move_iterator(taken[i].end()));
    }
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status = db_->Put(synced, block_key(durable_), encode_block(block));
    if (status.ok()) {
      durable_ += block.size();
      return;
    }
    const std::scoped_lock lock(mutex_);
    failure_ = fmt::format("the journal could not be written: {}", status.ToString());
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t appended_;  ///< of the appending thread
  std::atomic<std::uint64_t> durable_;
  std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::vector<Entry>> waiting_;  ///< under the mutex
  std::optional<std::string> failure_;       ///< under the mutex
  bool closed_ = false;                      ///< under the mutex
  std::thread writer_;
};

namespace {

std::expected<void, std::string> check_owner(rocksdb::DB& db, const DiskJournal::Config& config) {
  const std::string expected = encode_owner(config.owner);
  if (config.create) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status =
        db.Put(synced, rocksdb::Slice(kOwnerKey.data(), kOwnerKey.size()), expected);
    return status.ok() ? std::expected<void, std::string>()
                       : Error(fmt::format("{}: {}", config.directory, status.ToString()));
  }
  std::string found;
  const rocksdb::Status status =
      db.Get({}, rocksdb::Slice(kOwnerKey.data(), kOwnerKey.size()), &found);
  if (status.ok() && found == expected) {
    return {};
  }
  return Error(fmt::format("{}: belongs to another ({}, not {})", config.directory,
                           status.ok() ? found : "nobody", expected));
}

/// All records, which must be there without a gap.
std::expected<std::vector<Entry>, std::string> read_all(rocksdb::DB& db,
                                                        const std::string& directory) {
  std::vector<Entry> out;
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options));
  for (at->Seek(block_key(0)); at->Valid() && at->key().starts_with(std::string(1, kBlockPrefix));
       at->Next()) {
    auto block = decode_block({at->value().data(), at->value().size()});
    if (at->key() != block_key(out.size()) || !block) {
      return Error(
          fmt::format("{}: the journal is damaged after record {}", directory, out.size()));
    }
    out.insert(out.end(), std::make_move_iterator(block->begin()),
               std::make_move_iterator(block->end()));
  }
  if (!at->status().ok()) {
    return Error(fmt::format("{}: the journal is damaged after record {}: {}", directory,
                             out.size(), at->status().ToString()));
  }
  return out;
}

}  // namespace

std::expected<DiskJournal::Opened, std::string> DiskJournal::open(const Config& config) {
  std::error_code error;
  if (!config.create && !std::filesystem::exists(config.directory + "/CURRENT", error)) {
    return Error(fmt::format("{}: holds no journal; --create makes one", config.directory));
  }
  if (config.create) {
    std::filesystem::create_directories(config.directory, error);
  }
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(make_options(config), config.directory, &opened);
  if (!status.ok()) {
    return Error(explain_open(config, status));
  }
  std::unique_ptr<rocksdb::DB> db(opened);
  if (const auto owned = check_owner(*db, config); !owned) {
    return Error(owned.error());
  }
  auto records = read_all(*db, config.directory);
  if (!records) {
    return Error(records.error());
  }
  auto impl = std::make_unique<Impl>(std::move(db), records->size(), config.changed);
  return Opened{std::unique_ptr<DiskJournal>(new DiskJournal(std::move(impl))),
                std::move(*records)};
}

DiskJournal::DiskJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DiskJournal::~DiskJournal() = default;

void DiskJournal::append(std::vector<Entry> records) { impl_->append(std::move(records)); }
std::uint64_t DiskJournal::appended() const { return impl_->appended(); }
std::uint64_t DiskJournal::durable() const { return impl_->durable(); }
std::optional<std::string> DiskJournal::failure() const { return impl_->failure(); }

}  // namespace passbook
