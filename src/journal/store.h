// SPDX-License-Identifier: Apache-2.0
// What is where in the database that a journal is kept in.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "journal/disk_journal.h"

namespace passbook {

/// A RocksDB database: the owner, blocks of records, and the newest snapshot. Blocks have a column
/// family of their own: their keys only rise, so that RocksDB never has to merge them with
/// anything.
class Store {
 public:
  static std::expected<std::unique_ptr<Store>, std::string> open(const DiskJournal::Config& config);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Writing: what is put into a batch is written together, and synced.
  void put_block(std::uint64_t first, const std::vector<Record>& records,
                 rocksdb::WriteBatch& out) const;
  static void put_snapshot(const Snapshot& snapshot, rocksdb::WriteBatch& out);
  rocksdb::Status write(rocksdb::WriteBatch& batch);

  std::expected<void, std::string> make_owner(const JournalOwner& owner);
  /// The incarnation that the directory was made for, if it is the owner's branch.
  std::expected<Origin, std::string> check_owner(const JournalOwner& owner) const;

  /// The newest snapshot and all records after it, which must be there without a gap.
  std::expected<Recall, std::string> recall() const;
  // As in Journal.
  std::expected<Journal::Read, std::string> read(std::uint64_t first, std::size_t most) const;
  std::uint64_t first_beyond(const VersionVector& have) const;

 private:
  explicit Store(std::string directory) : directory_(std::move(directory)) {}

  std::string damage(const std::string& what) const;
  std::string damaged_after(std::uint64_t record) const;
  bool ends_at(std::uint64_t record) const;
  bool read_writes(Snapshot& snapshot) const;
  bool had_snapshot() const;

  std::string directory_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace passbook
