// SPDX-License-Identifier: Apache-2.0
#include "journal/data_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;
using Done = std::expected<void, std::string>;

constexpr std::string_view kUnfinished = "UNFINISHED";
constexpr std::string_view kCurrent = "CURRENT";
constexpr std::string_view kIdentity = "IDENTITY";
constexpr std::string_view kLock = "LOCK";
/// May exist at the root of a file system.
constexpr std::string_view kLostAndFound = "lost+found";

Done done(const std::string& directory, const rocksdb::Status& status) {
  return status.ok() ? Done()
                     : Error(fmt::format("{}: cannot be made a data directory: {}", directory,
                                         status.ToString()));
}

std::string parent_of(const std::string& directory) {
  std::filesystem::path path = std::filesystem::absolute(directory).lexically_normal();
  if (!path.has_filename()) {
    path = path.parent_path();
  }
  return path.parent_path();
}

/// Makes a directory and its parents, durably. Also syncs existing ones, which may have been made
/// just before a crash.
rocksdb::Status make_lasting(rocksdb::Env& env, const std::string& directory) {
  const std::string parent = parent_of(directory);
  rocksdb::Status status;
  if (!env.FileExists(parent).ok()) {
    status = make_lasting(env, parent);
  }
  if (status.ok()) {
    status = env.CreateDirIfMissing(directory);
  }
  return status.ok() ? sync_directory(env, parent) : status;
}

std::filesystem::file_type type_of(const std::string& directory, std::string_view name) {
  std::error_code error;
  return std::filesystem::status(fmt::format("{}/{}", directory, name), error).type();
}

/// A file that can't be examined counts as there; reading it will report the error.
bool exists(const std::string& directory, std::string_view name) {
  return type_of(directory, name) != std::filesystem::file_type::not_found;
}

bool may_stay(std::string_view name) {
  return name == kUnfinished || name == kLock || name == kLostAndFound;
}

/// Why a directory can't become a journal's.
std::optional<std::string> obstacle(const std::string& directory) {
  const bool unfinished = type_of(directory, kUnfinished) == std::filesystem::file_type::regular;
  if (!unfinished && is_unfinished(directory)) {
    return fmt::format("{}/{}: is not a regular file", directory, kUnfinished);
  }
  if (!unfinished && (holds_log(directory) || holds_database(directory))) {
    return fmt::format("{}: cannot be made a data directory: it holds a journal already",
                       directory);
  }
  for (const std::string& name : names_in(directory)) {
    if (!may_stay(name) && !(unfinished && (is_of_database(name) || is_segment(name)))) {
      return fmt::format("{}: cannot be made a data directory: it holds other things, such as {}",
                         directory, name);
    }
  }
  return std::nullopt;
}

rocksdb::Status delete_files(rocksdb::Env& env, const std::string& directory, auto chosen) {
  for (const std::string& name : names_in(directory)) {
    if (!chosen(name)) {
      continue;
    }
    if (rocksdb::Status status = env.DeleteFile(fmt::format("{}/{}", directory, name));
        !status.ok()) {
      return status;
    }
  }
  return rocksdb::Status::OK();
}

rocksdb::Status wipe(rocksdb::Env& env, const std::string& directory) {
  return delete_files(env, directory, [](const std::string& name) { return !may_stay(name); });
}

rocksdb::Status mark(rocksdb::Env& env, const std::string& directory) {
  const std::string path = fmt::format("{}/{}", directory, kUnfinished);
  const rocksdb::Status status = rocksdb::WriteStringToFile(
      &env, "A journal was being made here, and is not finished.\n", path, true);
  return status.ok() ? sync_directory(env, directory) : status;
}

}  // namespace

bool is_segment(std::string_view name) { return name.starts_with(kSegmentPrefix); }

bool is_of_database(std::string_view name) {
  return name == kCurrent || name == kIdentity || name.starts_with("MANIFEST-") ||
         name.starts_with("OPTIONS-") || name.ends_with(".log") || name.ends_with(".sst") ||
         name.ends_with(".dbtmp");
}

bool holds_log(const std::string& directory) {
  return std::ranges::any_of(names_in(directory), is_segment);
}

bool holds_database(const std::string& directory) { return exists(directory, kCurrent); }

std::optional<std::string> why_unreadable(const std::string& directory) {
  std::error_code error;
  const std::filesystem::directory_iterator all(directory, error);
  return error && error != std::errc::no_such_file_or_directory
             ? std::optional(fmt::format("{}: cannot be read: {}", directory, error.message()))
             : std::nullopt;
}

rocksdb::Status check_small_files(const std::string& directory) {
  constexpr std::uintmax_t kMost = 4096;
  for (const std::string_view name : {kCurrent, kIdentity}) {
    const std::string path = fmt::format("{}/{}", directory, name);
    std::error_code error;
    const std::filesystem::file_type type = std::filesystem::status(path, error).type();
    if (type == std::filesystem::file_type::not_found) {
      continue;
    }
    const std::uintmax_t size = error ? 0 : std::filesystem::file_size(path, error);
    if (error) {
      return rocksdb::Status::IOError(fmt::format("{}: {}", path, error.message()));
    }
    if (size > kMost) {
      return rocksdb::Status::Corruption(fmt::format("{} has {} bytes", name, size));
    }
  }
  return rocksdb::Status::OK();
}

rocksdb::Status sync_directory(rocksdb::Env& env, const std::string& directory) {
  std::unique_ptr<rocksdb::Directory> opened;
  const rocksdb::Status status = env.NewDirectory(directory, &opened);
  return status.ok() ? opened->Fsync() : status;
}

rocksdb::Status delete_database(rocksdb::Env& env, const std::string& directory) {
  const rocksdb::Status status = delete_files(env, directory, is_of_database);
  return status.ok() ? sync_directory(env, directory) : status;
}

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
    : env_(env), status_(env.LockFile(fmt::format("{}/{}", directory, kLock), &lock_)) {}

DirectoryLock::~DirectoryLock() {
  if (lock_ != nullptr) {
    env_.UnlockFile(lock_);
  }
}

bool is_unfinished(const std::string& directory) { return exists(directory, kUnfinished); }

Done begin_making(rocksdb::Env& env, const std::string& directory) {
  if (const auto why = obstacle(directory)) {
    return Error(*why);
  }
  if (const rocksdb::Status made = make_lasting(env, directory); !made.ok()) {
    return done(directory, made);
  }
  const DirectoryLock lock(env, directory);
  if (!lock.status().ok()) {
    return done(directory, lock.status());
  }
  if (const auto why = obstacle(directory)) {
    return Error(*why);
  }
  return done(directory, is_unfinished(directory) ? wipe(env, directory) : mark(env, directory));
}

Done finish_making(rocksdb::Env& env, const std::string& directory) {
  const rocksdb::Status status = env.DeleteFile(fmt::format("{}/{}", directory, kUnfinished));
  return done(directory, status.ok() ? sync_directory(env, directory) : status);
}

}  // namespace passbook
