// SPDX-License-Identifier: Apache-2.0
#include "journal/store.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>

#include <array>
#include <charconv>
#include <cstdarg>

#include "journal/record_codec.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

// What is kept under which key.
constexpr std::string_view kOwnerKey = "owner";
constexpr std::string_view kSnapshotKey = "snapshot";
constexpr char kWritesPrefix = 'w';
constexpr char kPositionsPrefix = 'p';
constexpr const char* kBlocks = "blocks";

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

/// After a full disk RocksDB would go on by itself as soon as there is space: it writes a table and
/// deletes the write-ahead file, while the branch stops because of that file.
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

bool is_page(const rocksdb::Iterator& at, char prefix) {
  return at.Valid() && at.key().starts_with(rocksdb::Slice(&prefix, 1)) &&
         at.key().size() == key_of(prefix, 0).size();
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
  options.listeners.push_back(std::make_shared<NoSecondTry>());
  options.info_log = std::make_shared<ForwardingLogger>(config.log);
  // In the default mode damage in the middle of a write-ahead file silently loses the rest.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
  options.write_buffer_size = config.write_buffer_bytes;
  options.max_total_wal_size = 2 * config.write_buffer_bytes;
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

rocksdb::ReadOptions verified() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

}  // namespace

std::expected<std::unique_ptr<Store>, std::string> Store::open(const DiskJournal::Config& config) {
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

Store::~Store() {
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family);
  }
}

void Store::put_block(std::uint64_t first, const std::vector<Record>& records,
                      rocksdb::WriteBatch& out) const {
  out.Put(families_[1], number_key(first), encode_block(records));
}

void Store::put_snapshot(const Snapshot& snapshot, rocksdb::WriteBatch& out) {
  out.Put(slice(kSnapshotKey), encode_snapshot(snapshot));
  out.Put(key_of(kWritesPrefix, snapshot.records), encode_writes(snapshot.writes));
  out.Put(key_of(kPositionsPrefix, snapshot.records), encode_positions(snapshot.applied));
  out.DeleteRange(key_of(kWritesPrefix, 0), key_of(kWritesPrefix, snapshot.writes_since));
}

rocksdb::Status Store::write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  return db_->Write(synced, &batch);
}

std::expected<void, std::string> Store::make_owner(const JournalOwner& owner) {
  rocksdb::WriteBatch batch;
  batch.Put(slice(kOwnerKey),
            fmt::format("{}{}", owner_without_incarnation(owner), owner.branch.incarnation.value));
  const rocksdb::Status status = write(batch);
  return status.ok() ? std::expected<void, std::string>() : Error(damage(status.ToString()));
}

std::expected<Origin, std::string> Store::check_owner(const JournalOwner& owner) const {
  const std::string expected = owner_without_incarnation(owner);
  std::string found;
  const rocksdb::Status status = db_->Get(verified(), slice(kOwnerKey), &found);
  if (!status.ok()) {
    return Error(damage(fmt::format("its owner can't be read: {}", status.ToString())));
  }
  Origin out = owner.branch;
  if (found.starts_with(expected)) {
    const char* end = found.data() + found.size();
    const auto read = std::from_chars(found.data() + expected.size(), end, out.incarnation.value);
    if (read.ec == std::errc() && read.ptr == end) {
      return out;
    }
  }
  return Error(fmt::format(
      "{}: is of another bank (other branches, openings or limits) or branch: {}, not {}",
      directory_, found, expected.substr(0, expected.rfind(','))));
}

std::expected<Recall, std::string> Store::recall() const {
  Recall out;
  std::string text;
  const rocksdb::Status status = db_->Get(verified(), slice(kSnapshotKey), &text);
  if (status.ok()) {
    out.snapshot = decode_snapshot(text);
    if (!out.snapshot) {
      return Error(damage("its snapshot can't be read"));
    }
    if (!read_writes(*out.snapshot)) {
      return Error(damage("a page of its snapshot is missing or can't be read"));
    }
  } else if (!status.IsNotFound()) {
    return Error(damage(status.ToString()));
  } else if (had_snapshot()) {
    return Error(damage("its snapshot is missing"));
  }
  auto read = this->read(out.snapshot ? out.snapshot->records : 0, SIZE_MAX);
  if (!read) {
    return Error(read.error());
  }
  out.records = std::move(read->records);
  return out;
}

std::expected<Journal::Read, std::string> Store::read(std::uint64_t first, std::size_t most) const {
  Journal::Read out{.records = {}, .next = first};
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
    out.records.insert(out.records.end(),
                       std::make_move_iterator(block->begin() + static_cast<std::ptrdiff_t>(skip)),
                       std::make_move_iterator(block->end()));
  }
  if (!at->status().ok() || expected < first) {
    return Error(fmt::format("{}: {}", damaged_after(expected), at->status().ToString()));
  }
  if (out.records.size() < most && !ends_at(expected)) {
    return Error(damaged_after(expected));
  }
  out.next = first + out.records.size();
  return out;
}

std::uint64_t Store::first_beyond(const VersionVector& have) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
  at->SeekForPrev(key_of(kPositionsPrefix, UINT64_MAX));
  for (; is_page(*at, kPositionsPrefix); at->Prev()) {
    const auto positions = decode_positions({at->value().data(), at->value().size()});
    if (positions && have.covers(*positions)) {
      return number_of(at->key());
    }
  }
  return 0;
}

std::string Store::damage(const std::string& what) const {
  return fmt::format("{}: the journal is damaged: {}", directory_, what);
}

std::string Store::damaged_after(std::uint64_t record) const {
  return fmt::format("{}: the journal is damaged after record {}", directory_, record);
}

/// RocksDB's iterators end without an error where the first block of a table is damaged.
bool Store::ends_at(std::uint64_t record) const {
  std::string block;
  return db_->Get(verified(), families_[1], number_key(record), &block).IsNotFound();
}

/// Each snapshot has left a page of positions, and a page of writes until it is not needed any
/// more: each is the proof of the other.
bool Store::read_writes(Snapshot& snapshot) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
  const std::unique_ptr<rocksdb::Iterator> proof(db_->NewIterator(verified()));
  at->Seek(key_of(kWritesPrefix, snapshot.writes_since));
  proof->Seek(key_of(kPositionsPrefix, snapshot.writes_since));
  std::optional<std::uint64_t> last;
  for (; is_page(*at, kWritesPrefix); at->Next(), proof->Next()) {
    auto writes = decode_writes({at->value().data(), at->value().size()});
    last = number_of(at->key());
    if (!writes || !is_page(*proof, kPositionsPrefix) || number_of(proof->key()) != last) {
      return false;
    }
    snapshot.writes.insert(snapshot.writes.end(), std::make_move_iterator(writes->begin()),
                           std::make_move_iterator(writes->end()));
  }
  return at->status().ok() && proof->status().ok() && !is_page(*proof, kPositionsPrefix) &&
         last == snapshot.records;
}

bool Store::had_snapshot() const {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(verified()));
  at->Seek(key_of(kPositionsPrefix, 0));
  return is_page(*at, kPositionsPrefix) || !at->status().ok();
}

}  // namespace passbook
