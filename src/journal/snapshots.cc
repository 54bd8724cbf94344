// SPDX-License-Identifier: Apache-2.0
#include "journal/snapshots.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <cstdarg>

#include "journal/data_directory.h"
#include "journal/record_codec.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

// The keys of the database.
constexpr std::string_view kSnapshotKey = "newest";
constexpr char kAccountsPrefix = 'a';
constexpr char kSessionsPrefix = 's';
constexpr char kPositionsPrefix = 'p';

/// Earlier versions kept a snapshot here, with all its accounts.
constexpr std::string_view kWholeSnapshotKey = "snapshot";

/// Replaces RocksDB's own log, which aborts the process when its disk is full.
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

/// Turns off RocksDB's automatic resumption after a full disk. It would write a table and delete
/// the write-ahead file, while the branch stops because of that file.
class NoSecondTry final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
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

/// Whether it is at a key of a prefix and a number.
bool is_numbered(const rocksdb::Iterator& at, char prefix) {
  return at.Valid() && at.key().starts_with(rocksdb::Slice(&prefix, 1)) &&
         at.key().size() == key_of(prefix, 0).size();
}

rocksdb::Options make_options(const DiskJournal::Config& config) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.listeners.push_back(std::make_shared<NoSecondTry>());
  options.info_log = std::make_shared<ForwardingLogger>(config.log);
  // Any durable snapshot will do, so writes after damage are not needed.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.paranoid_checks = true;
  options.write_buffer_size = config.snapshot_buffer_bytes;
  options.max_total_wal_size = 2 * config.snapshot_buffer_bytes;
  options.allow_fallocate = false;
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
  if (why.contains("lock") && !why.contains("open a file for lock")) {
    return fmt::format("{}: another process uses this data directory", config.directory);
  }
  return fmt::format("{}: the journal cannot be opened: {}", config.directory, why);
}

rocksdb::ReadOptions verified() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

rocksdb::Status damage(const char* what) { return rocksdb::Status::Corruption(what); }

/// Checks that no other process uses it. The lock is released before the database takes it again.
rocksdb::Status begin_anew(rocksdb::Env& env, const std::string& directory) {
  const DirectoryLock lock(env, directory);
  return lock.status().ok() ? delete_database(env, directory) : lock.status();
}

}  // namespace

std::expected<std::unique_ptr<Snapshots>, std::string> Snapshots::open(
    const DiskJournal::Config& config) {
  rocksdb::Env& env = config.env != nullptr ? *config.env : *rocksdb::Env::Default();
  std::unique_ptr<Snapshots> out;
  // An interrupted deletion may have left some files.
  rocksdb::Status status = check_small_files(config.directory);
  if (status.ok()) {
    status = holds_database(config.directory) ? try_open(config, out)
                                              : rocksdb::Status::Corruption("it is missing");
  }
  if (status.IsCorruption()) {
    out.reset();
    if (config.log && !config.create) {
      config.log(fmt::format("{}: the snapshots are damaged, all records are read instead: {}",
                             config.directory, status.ToString()));
    }
    status = begin_anew(env, config.directory);
    if (status.ok()) {
      status = try_open(config, out);
    }
  }
  return status.ok() ? std::expected<std::unique_ptr<Snapshots>, std::string>(std::move(out))
                     : Error(explain_open(config, status));
}

rocksdb::Status Snapshots::try_open(const DiskJournal::Config& config,
                                    std::unique_ptr<Snapshots>& out) {
  rocksdb::DB* opened = nullptr;
  out.reset(new Snapshots());
  out->buffer_bytes_ = config.snapshot_buffer_bytes;
  const rocksdb::Status status = rocksdb::DB::Open(make_options(config), config.directory, &opened);
  out->db_.reset(opened);
  return status.ok() ? out->read_newest() : status;
}

Snapshots::~Snapshots() = default;

/// RocksDB takes ascending keys much faster. A large write becomes a table at once; otherwise a
/// restart would read it from the write-ahead log, key by key.
rocksdb::Status Snapshots::write(Snapshot snapshot) {
  rocksdb::WriteBatch out;
  out.Put(slice(kSnapshotKey), encode_snapshot(snapshot));
  std::ranges::sort(snapshot.accounts, {}, &AccountSnapshot::account);
  for (const AccountSnapshot& account : snapshot.accounts) {
    out.Put(key_of(kAccountsPrefix, account.account.value), encode_account(account));
  }
  std::string pages;
  for (const SessionPage& page : snapshot.pages) {
    pages += encode_page(page);
  }
  out.Put(key_of(kSessionsPrefix, snapshot.records), pages);
  out.Put(key_of(kPositionsPrefix, snapshot.records), encode_positions(snapshot.applied));
  out.DeleteRange(key_of(kSessionsPrefix, 0), key_of(kSessionsPrefix, snapshot.pages_since));
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status written = db_->Write(synced, &out);
  return written.ok() && out.GetDataSize() >= buffer_bytes_ ? db_->Flush({}) : written;
}

rocksdb::Status Snapshots::read_newest() {
  std::string text;
  rocksdb::Status status = db_->Get(verified(), slice(kSnapshotKey), &text);
  if (status.IsNotFound()) {
    return check_empty();
  }
  if (!status.ok()) {
    return status;
  }
  auto snapshot = decode_snapshot(text);
  if (!snapshot) {
    return damage("the newest can't be read");
  }
  status = read_accounts(*snapshot);
  if (status.ok()) {
    status = read_pages(*snapshot);
  }
  if (status.ok()) {
    newest_ = std::move(snapshot);
  }
  return status;
}

rocksdb::Status Snapshots::read_accounts(Snapshot& snapshot) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
  for (at->Seek(key_of(kAccountsPrefix, 0)); is_numbered(*at, kAccountsPrefix); at->Next()) {
    auto account =
        decode_account(AccountId{number_of(at->key())}, {at->value().data(), at->value().size()});
    if (!account) {
      return damage("an account can't be read");
    }
    snapshot.accounts.push_back(*std::move(account));
  }
  return at->status().ok() && moved_in(snapshot.accounts) != snapshot.moved
             ? damage("an account is missing or from another snapshot")
             : at->status();
}

/// Each snapshot has left a page of positions, and a page of sessions until that is no longer
/// needed. Each proves the other.
rocksdb::Status Snapshots::read_pages(Snapshot& snapshot) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
  const std::unique_ptr<rocksdb::Iterator> proof(db_->NewIterator(verified()));
  at->Seek(key_of(kSessionsPrefix, snapshot.pages_since));
  proof->Seek(key_of(kPositionsPrefix, snapshot.pages_since));
  std::optional<std::uint64_t> last;
  for (; is_numbered(*at, kSessionsPrefix); at->Next(), proof->Next()) {
    auto page = decode_page({at->value().data(), at->value().size()});
    last = number_of(at->key());
    if (!page || !is_numbered(*proof, kPositionsPrefix) || number_of(proof->key()) != last) {
      return damage("a page of sessions is missing or can't be read");
    }
    snapshot.pages.push_back(*std::move(page));
  }
  if (!at->status().ok() || !proof->status().ok()) {
    return at->status().ok() ? proof->status() : at->status();
  }
  return !is_numbered(*proof, kPositionsPrefix) && last == snapshot.records
             ? rocksdb::Status::OK()
             : damage("a page of sessions or positions is missing");
}

rocksdb::Status Snapshots::check_empty() const {
  std::string text;
  if (db_->Get(verified(), slice(kWholeSnapshotKey), &text).ok()) {
    return damage("they are of an earlier version");
  }
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
  at->Seek(key_of(kPositionsPrefix, 0));
  return is_numbered(*at, kPositionsPrefix) ? damage("the newest is missing") : at->status();
}

std::uint64_t Snapshots::first_beyond(const VersionVector& have) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
  at->SeekForPrev(key_of(kPositionsPrefix, UINT64_MAX));
  for (; is_numbered(*at, kPositionsPrefix); at->Prev()) {
    const auto positions = decode_positions({at->value().data(), at->value().size()});
    if (positions && have.covers(*positions)) {
      return number_of(at->key());
    }
  }
  return 0;
}

bool is_of_format_2(rocksdb::Env& env, const std::string& directory) {
  rocksdb::DBOptions options;
  options.env = &env;
  std::vector<std::string> families;
  return rocksdb::DB::ListColumnFamilies(options, directory, &families).ok() &&
         std::ranges::find(families, "blocks") != families.end();
}

}  // namespace passbook
