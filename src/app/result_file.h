// SPDX-License-Identifier: Apache-2.0
// A result file that appears complete or not at all.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace passbook {

/// A destination for a result, checked to be writable before the work begins. Nothing at the path
/// changes until `commit`.
class ResultFile {
 public:
  /// "-" is standard output. The error says why the path can't be written.
  static std::expected<ResultFile, std::string> prepare(const std::string& path);

  ResultFile(ResultFile&& other) noexcept;
  ResultFile& operator=(ResultFile&&) = delete;
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;
  ~ResultFile();

  /// Writes all of `content` and puts it in place. A process that is killed before that leaves the
  /// path unchanged.
  std::expected<void, std::string> commit(std::string_view content);
  /// Does the same at the path with `suffix` appended. Writes nothing if the destination is not a
  /// regular file.
  std::expected<void, std::string> commit_beside(std::string_view content, std::string_view suffix);

 private:
  explicit ResultFile(int fd);
  ResultFile(std::string path, unsigned mode);

  std::string path_;
  unsigned mode_ = 0;
  int fd_ = -1;  ///< for a destination that is written directly: standard output, or anything but
                 ///< a regular file
};

/// Checks that files of these names can be written in a directory, which is made if missing.
std::expected<void, std::string> prepare_directory(const std::string& path,
                                                   std::span<const std::string> names);

}  // namespace passbook
