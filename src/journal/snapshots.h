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

/// A RocksDB database with the newest snapshot, each account under a key of its own, the pages that
/// it needs, and the positions of all snapshots. All changes of a snapshot are one write, and a
/// crash may lose only the last writes, so the database is always as one snapshot left it.
/// Everything in it is derived from the log: if a crash has left something unreadable, an older
/// snapshot serves, or none, and the log is read from there on.
class Snapshots {
 public:
  /// Opens the database, or makes one if there is none. It holds the directory's lock from now on.
  /// A damaged database is deleted, with a message to the configuration's log. The error is one
  /// line that says what is wrong with the directory.
  static std::expected<std::unique_ptr<Snapshots>, std::string> open(
      const DiskJournal::Config& config);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// The newest snapshot at the time of opening, with the accounts of all snapshots and the pages
  /// that it needs.
  std::optional<Snapshot> take_newest() { return std::exchange(newest_, std::nullopt); }

  /// Writes and syncs the changes of a snapshot, all or nothing. The previous snapshot must be
  /// written, and the records of this one durable.
  rocksdb::Status write(Snapshot snapshot);

  // As in Journal. May be called while a snapshot is being written.
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

/// Whether the database belongs to a journal of format 2, which kept its records there, too.
bool is_of_format_2(rocksdb::Env& env, const std::string& directory);

}  // namespace passbook
