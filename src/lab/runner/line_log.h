// SPDX-License-Identifier: Apache-2.0
// A file to which a process appends lines as things happen.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace passbook {

/// Lines are only ever appended. Lines that are noted together go to the kernel in one write, so
/// they survive if the process is killed afterwards. Nothing is synced.
class LineLog {
 public:
  /// The kind of file, "history" or "trace", and its first line, if it has one. An existing file is
  /// continued if it begins with that line or, without one, if its last line is complete.
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

  /// A line, without its end. The next `write` writes it.
  void note(std::string_view line);

  /// Writes the noted lines. False if that failed, now or before: then the file has a hole, and
  /// nothing is written any more.
  [[nodiscard]] bool write();
  /// Why it failed; empty if it did not.
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
