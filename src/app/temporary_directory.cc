// SPDX-License-Identifier: Apache-2.0
#include "app/temporary_directory.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "app/arguments.h"

namespace passbook {

using Error = std::unexpected<std::string>;

std::expected<TemporaryDirectory, std::string> TemporaryDirectory::make() {
  std::error_code error;
  const auto temporary = std::filesystem::temp_directory_path(error);
  std::string path = (temporary / "passbook-run-XXXXXX").string();
  if (error || ::mkdtemp(path.data()) == nullptr) {
    return Error(fmt::format("{}: {}", path, error ? error.message() : std::strerror(errno)));
  }
  return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!path_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

std::expected<std::vector<std::pair<std::string, std::string>>, std::string>
TemporaryDirectory::read_files() const {
  const auto files = list_directory(path_);
  if (!files) {
    return Error(files.error());
  }
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& file : *files) {
    auto content = read_file(file);
    if (!content) {
      return Error(content.error());
    }
    out.emplace_back(file, std::move(*content));
  }
  return out;
}

}  // namespace passbook
