// SPDX-License-Identifier: Apache-2.0
// The snapshots of a journal, in a database beside its log.
#pragma once

#include <rocksdb/db.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "journal/disk_journal.h"

namespace passbook {

/// A RocksDB database with the newest snapshot, its accounts each under a key of its own, the pages
/// that it needs, and the positions of all snapshots. What a snapshot changes is one write, and
/// writes are kept or lost in their order: what is there is as one snapshot left it, whole. All of
/// it is derived from the log: what a crash has left unreadable is given up for an older snapshot,
/// or for none, and the log is read from there on.
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

  /// The newest, as it was when this was opened, with the accounts of all snapshots, and the pages
  /// of those that it needs.
  std::optional<Snapshot> take_newest() { return std::exchange(newest_, std::nullopt); }

  /// Writes what a snapshot changes, all of it or nothing, and syncs it. The snapshot before was
  /// written, and its records are durable.
  rocksdb::Status write(Snapshot snapshot);

  // As in Journal; while a snapshot is written, too.
  std::uint64_t first_beyond(const VersionVector& have) const;

 private:
  Snapshots() = default;

  static rocksdb::Status try_open(const DiskJournal::Config& config,
                                  std::unique_ptr<Snapshots>& out);
  rocksdb::Status read_newest();
  rocksdb::Status read_accounts(Snapshot& snapshot) const;
  rocksdb::Status read_pages(Snapshot& snapshot) const;
  rocksdb::Status check_empty() const;

  std::unique_ptr<rocksdb::DB> db_;
  std::size_t buffer_bytes_ = 0;
  std::optional<Snapshot> newest_;
};

/// Whether a database is that of a journal of format 2, which kept its records there, too.
bool is_of_format_2(rocksdb::Env& env, const std::string& directory);

}  // namespace passbook
