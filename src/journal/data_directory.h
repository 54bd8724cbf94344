// SPDX-License-Identifier: Apache-2.0
// The directory of a journal: its creation, which survives crashes, and the lock that keeps it for
// one process.
#pragma once

#include <rocksdb/env.h>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace passbook {

/// The prefix of the names of the log's files.
inline constexpr std::string_view kSegmentPrefix = "segment-";
bool is_segment(std::string_view name);
/// Whether the name is of a file of RocksDB, which keeps the snapshots.
bool is_of_database(std::string_view name);

/// The names in a directory, ascending; none if it can't be read.
std::vector<std::string> names_in(const std::string& directory);

/// Why an existing directory can't be read; nothing if it can.
std::optional<std::string> why_unreadable(const std::string& directory);

/// Checks RocksDB's files of one line, because RocksDB mistakes an unreadable one for a missing
/// one, and reads a huge one. An I/O error if one can't be read, corruption if one is too large.
rocksdb::Status check_small_files(const std::string& directory);

/// Whether a directory holds a journal's log, and whether it holds a database. It may hold one
/// without the other.
bool holds_log(const std::string& directory);
bool holds_database(const std::string& directory);

/// Makes the names in a directory durable.
rocksdb::Status sync_directory(rocksdb::Env& env, const std::string& directory);

/// Keeps other processes from opening a journal as long as it lives.
class DirectoryLock {
 public:
  DirectoryLock(rocksdb::Env& env, const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  const rocksdb::Status& status() const { return status_; }

 private:
  rocksdb::Env& env_;
  rocksdb::FileLock* lock_ = nullptr;
  rocksdb::Status status_;
};

/// Whether a directory holds only the remains of an interrupted creation, which nobody was
/// promised.
bool is_unfinished(const std::string& directory);

/// Deletes the files of RocksDB, so that it starts empty.
rocksdb::Status delete_database(rocksdb::Env& env, const std::string& directory);

/// Makes a durable empty directory, marked as unfinished. An existing one must be empty or
/// unfinished; any other is refused and left as it is.
std::expected<void, std::string> begin_making(rocksdb::Env& env, const std::string& directory);
/// Removes the mark. The contents of the directory must be durable.
std::expected<void, std::string> finish_making(rocksdb::Env& env, const std::string& directory);

}  // namespace passbook
