// SPDX-License-Identifier: Apache-2.0
// A temporary directory, removed when no longer needed.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace passbook {

class TemporaryDirectory {
 public:
  /// Makes one where this machine keeps temporary files. The error names the path.
  static std::expected<TemporaryDirectory, std::string> make();

  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }

  /// The path and content of each file in it, ordered by name.
  std::expected<std::vector<std::pair<std::string, std::string>>, std::string> read_files() const;

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace passbook
