// SPDX-License-Identifier: Apache-2.0
// A file of lines to which a process adds what happens to it, while it happens.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace passbook {

/// Lines that are only ever added. What is noted together goes straight to the kernel with one
/// write: a process that is killed afterwards has told all of it. Nothing is synced.
class LineLog {
 public:
  /// What the file is, "history" or "trace", and its first line, if it has one: then a file that is
  /// there is continued if it begins so. Without one, it is if its last line is whole.
  struct Form {
    std::string_view kind;
    std::optional<std::string> head;
  };
  /// The error names the file.
  static std::expected<LineLog, std::string> open(const std::string& path, const Form& form);
  LineLog(LineLog&& other) noexcept;
  LineLog& operator=(LineLog&&) = delete;
  LineLog(const LineLog&) = delete;
  LineLog& operator=(const LineLog&) = delete;
  ~LineLog();

  /// A line, without its end. It is told with the next `write`.
  void note(std::string_view line);

  /// Writes what was noted. False when that failed, now or before: the file has a hole then, and
  /// nothing is written any more.
  [[nodiscard]] bool write();
  /// Why it failed; empty when it did not.
  const std::string& failure() const { return failure_; }

 private:
  LineLog(std::string path, std::string_view kind, int fd)
      : path_(std::move(path)), kind_(kind), fd_(fd) {}
  std::expected<void, std::string> begin(const std::optional<std::string>& first_line);
  std::optional<std::string> append(std::string_view text) const;

  std::string path_;
  std::string_view kind_;
  int fd_;
  std::string noted_;
  std::string failure_;
};

}  // namespace passbook
