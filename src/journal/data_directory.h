// SPDX-License-Identifier: Apache-2.0
// The directory of a journal: what it holds, and who uses it.
#pragma once

#include <rocksdb/env.h>

#include <string>
#include <vector>

namespace passbook {

/// The names of what a directory holds, ascending; none when it can't be read.
std::vector<std::string> names_in(const std::string& directory);

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

}  // namespace passbook
