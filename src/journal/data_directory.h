// SPDX-License-Identifier: Apache-2.0
// The directory of a journal: how it is made, so that a crash meanwhile does no harm, and who uses
// it.
#pragma once

#include <rocksdb/env.h>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace passbook {

/// The files of the log have names that begin so.
inline constexpr std::string_view kSegmentPrefix = "segment-";
bool is_segment(std::string_view name);
/// The files of RocksDB, which keeps the snapshots.
bool is_of_database(std::string_view name);

/// The names of what a directory holds, ascending; none when it can't be read.
std::vector<std::string> names_in(const std::string& directory);

/// Why a directory that is there can't be read; nothing when it can.
std::optional<std::string> why_unreadable(const std::string& directory);

/// Looks at the files of RocksDB that hold one line: it takes one that can't be read for missing,
/// and reads one that is huge. An error of input and output when one can't be read, damage when one
/// is too large.
rocksdb::Status check_small_files(const std::string& directory);

/// Whether a directory holds a journal's log, or a database; either may lack the other.
bool holds_log(const std::string& directory);
bool holds_database(const std::string& directory);

/// What is in a directory lasts, as far as names go.
rocksdb::Status sync_directory(rocksdb::Env& env, const std::string& directory);

/// Keeps other processes from opening a journal, from construction to destruction.
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

/// Whether a directory holds what an interrupted making has left, and nothing that anybody was
/// promised.
bool is_unfinished(const std::string& directory);

/// Deletes the files of RocksDB, so that it begins anew.
rocksdb::Status delete_database(rocksdb::Env& env, const std::string& directory);

/// An empty directory that lasts, marked as unfinished. It may have been there, empty or
/// unfinished; any other is refused and left as it is.
std::expected<void, std::string> begin_making(rocksdb::Env& env, const std::string& directory);
/// What was put into the directory meanwhile must be durable.
std::expected<void, std::string> finish_making(rocksdb::Env& env, const std::string& directory);

}  // namespace passbook
