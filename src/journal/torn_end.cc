// SPDX-License-Identifier: Apache-2.0
#include "journal/torn_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "journal/data_directory.h"
#include "journal/log_format.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;
template <class Value>
using Expected = std::expected<Value, std::string>;

struct LogFile {
  std::string name;
  bool open_ended;  ///< it was written last, and may be torn
};

struct TornFile {
  std::string path;
  std::size_t whole;
  std::size_t size;
};

Expected<std::string> read_file(rocksdb::Env& env, const std::string& path) {
  std::string out;
  const rocksdb::Status status = rocksdb::ReadFileToString(&env, path, &out);
  return status.ok() ? Expected<std::string>(std::move(out))
                     : Error(fmt::format("{}: {}", path, status.ToString()));
}

/// Ascending by number.
std::vector<LogFile> write_ahead_files(const std::string& directory) {
  std::vector<LogFile> out;
  for (const std::string& name : names_in(directory)) {
    if (name.ends_with(".log")) {
      out.push_back({name, false});
    }
  }
  std::ranges::sort(out, {}, [](const LogFile& f) { return std::pair(f.name.size(), f.name); });
  if (!out.empty()) {
    out.back().open_ended = true;
  }
  return out;
}

Expected<std::vector<LogFile>> log_files(rocksdb::Env& env, const std::string& directory) {
  const auto current = read_file(env, directory + "/CURRENT");
  if (!current) {
    return Error(current.error());
  }
  std::vector<LogFile> out = write_ahead_files(directory);
  out.push_back({current->substr(0, current->find('\n')), true});
  return out;
}

/// How much of a file is to be kept.
Expected<TornFile> examine(rocksdb::Env& env, const std::string& directory, const LogFile& file) {
  const std::string path = directory + "/" + file.name;
  const auto bytes = read_file(env, path);
  if (!bytes) {
    return Error(bytes.error());
  }
  const LogEnd end = find_end(*bytes);
  if (end.beyond || (!file.open_ended && end.whole < bytes->size())) {
    return Error(fmt::format(
        "{}: the journal is damaged: {} can't be read from byte {} on, but {}", directory,
        file.name, end.whole,
        end.beyond ? fmt::format("goes on at byte {}", *end.beyond) : "there is a newer file"));
  }
  return TornFile{path, end.whole, bytes->size()};
}

rocksdb::Status cut_off_and_sync(rocksdb::Env& env, const TornFile& torn) {
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.ReopenWritableFile(torn.path, &file, rocksdb::EnvOptions());
  if (status.ok() && torn.whole < torn.size) {
    status = file->Truncate(torn.whole);
  }
  if (status.ok()) {
    status = file->Fsync();
  }
  return status.ok() ? file->Close() : status;
}

/// The files that may be torn; the others are whole.
Expected<std::vector<TornFile>> examine_all(rocksdb::Env& env, const std::string& directory) {
  const auto files = log_files(env, directory);
  if (!files) {
    return Error(files.error());
  }
  std::vector<TornFile> out;
  for (const LogFile& file : *files) {
    const auto examined = examine(env, directory, file);
    if (!examined) {
      return Error(examined.error());
    }
    if (file.open_ended) {
      out.push_back(*examined);
    }
  }
  return out;
}

}  // namespace

std::expected<void, std::string> cut_off_torn_end(
    rocksdb::Env& env, const std::string& directory,
    const std::function<void(const std::string&)>& log) {
  const auto torn = examine_all(env, directory);
  if (!torn) {
    return Error(torn.error());
  }
  for (const TornFile& file : *torn) {
    if (const rocksdb::Status status = cut_off_and_sync(env, file); !status.ok()) {
      return Error(fmt::format("{}: {}", file.path, status.ToString()));
    }
    if (log && file.whole < file.size) {
      log(fmt::format("{}: cut off {} bytes of a write that a crash had interrupted", file.path,
                      file.size - file.whole));
    }
  }
  return {};
}

}  // namespace passbook
