// SPDX-License-Identifier: Apache-2.0
// The snapshots of a journal, in a database beside its log.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "journal/disk_journal.h"

namespace passbook {

/// A RocksDB database with the newest snapshot, the pages that it needs, and the positions of all
/// snapshots. All of it is derived from the log: what a crash has left unreadable is given up for
/// an older snapshot, or for none, and the log is read from there on.
class Snapshots {
 public:
  /// Opens the database, or makes it where there is none; it holds the directory's lock from now
  /// on. A damaged one is deleted, which the configuration's log is told. The error is one line
  /// that says what is wrong with the directory.
  static std::expected<std::unique_ptr<Snapshots>, std::string> open(
      const DiskJournal::Config& config);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// The newest, as it was when this was opened, with the pages of all snapshots that it needs.
  std::optional<Snapshot> take_newest() { return std::exchange(newest_, std::nullopt); }

  // What is put into a batch is written together, and synced.
  static void put(const Snapshot& snapshot, rocksdb::WriteBatch& out);
  rocksdb::Status write(rocksdb::WriteBatch& batch);

  // As in Journal.
  std::uint64_t first_beyond(const VersionVector& have) const;

 private:
  Snapshots() = default;

  static rocksdb::Status try_open(const DiskJournal::Config& config,
                                  std::unique_ptr<Snapshots>& out);
  rocksdb::Status read_newest();
  rocksdb::Status read_pages(Snapshot& snapshot) const;
  rocksdb::Status check_empty() const;

  std::unique_ptr<rocksdb::DB> db_;
  std::optional<Snapshot> newest_;
};

/// Whether a database is that of a journal of format 2, which kept its records there, too.
bool is_of_format_2(rocksdb::Env& env, const std::string& directory);

}  // namespace passbook
