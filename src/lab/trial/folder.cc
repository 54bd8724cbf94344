// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace passbook::trial {
namespace {

namespace fs = std::filesystem;
using Error = std::unexpected<std::string>;

constexpr std::array kLeftOut = {".git", ".hg", ".svn", "__pycache__"};

bool is_left_out(const fs::path& path) {
  return std::ranges::find(kLeftOut, path.filename().string()) != kLeftOut.end();
}

std::optional<std::string> content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return std::nullopt;
  }
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

}  // namespace

std::expected<void, std::string> copy_folder(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(to, error);
  for (auto entry = fs::recursive_directory_iterator(from, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (is_left_out(path)) {
      entry.disable_recursion_pending();
      continue;
    }
    const fs::path target = fs::path(to) / path.lexically_relative(from);
    if (entry->is_symlink(error)) {
      fs::copy_symlink(path, target, error);
    } else if (entry->is_directory(error)) {
      fs::create_directory(target, path, error);
    } else if (entry->is_regular_file(error)) {
      fs::copy_file(path, target, error);
    }
    if (error) {
      return Error(fmt::format("{}: {}", path.string(), error.message()));
    }
  }
  if (error) {
    return Error(fmt::format("{}: {}", from, error.message()));
  }
  return {};
}

std::vector<WrittenFile> written_files(const std::string& before, const std::string& now,
                                       const std::vector<std::string>& known,
                                       std::uint64_t most_bytes) {
  std::vector<WrittenFile> out;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(
           now, fs::directory_options::skip_permission_denied, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path relative = entry->path().lexically_relative(now);
    std::error_code failed;
    if (is_left_out(relative)) {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_symlink(failed) || !entry->is_regular_file(failed) ||
        entry->file_size(failed) > most_bytes || failed ||
        std::ranges::find(known, relative.string()) != known.end()) {
      continue;
    }
    auto content = content_of(entry->path());
    const auto old = content_of(fs::path(before) / relative);
    if (!content || content == old) {
      continue;
    }
    if (old && content->starts_with(*old)) {
      content->erase(0, old->size());
    }
    out.push_back({relative.string(), std::move(*content)});
  }
  std::ranges::sort(out, {}, &WrittenFile::path);
  return out;
}

}  // namespace passbook::trial
