// SPDX-License-Identifier: Apache-2.0
#include "journal/data_directory.h"

#include <algorithm>
#include <filesystem>

namespace passbook {
std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
    out.push_back(file.path().filename());
  }
  std::ranges::sort(out);
  return out;
}

DirectoryLock::DirectoryLock(rocksdb::Env& env, const std::string& directory)
    : env_(env), status_(env.LockFile(directory + "/LOCK", &lock_)) {}

DirectoryLock::~DirectoryLock() {
  if (lock_ != nullptr) {
    env_.UnlockFile(lock_);
  }
}

}  // namespace passbook
