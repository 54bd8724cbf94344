// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/line_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// At most `count` bytes of a file; fewer at its end.
std::string read_at(int fd, off_t offset, std::size_t count) {
  std::string out(count, '\0');
  const ssize_t got = ::pread(fd, out.data(), count, offset);
  out.erase(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return out;
}

}  // namespace

std::expected<LineLog, std::string> LineLog::open(const std::string& path, const Form& form) {
  constexpr mode_t kMode = 0666;
  LineLog out(path, form.kind,
              ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kMode));
  if (out.fd_ < 0) {
    return Error(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  if (const auto begun = out.begin(form.head); !begun) {
    return Error(fmt::format("{}: {}", path, begun.error()));
  }
  return out;
}

LineLog::LineLog(LineLog&& other) noexcept
    : path_(std::move(other.path_)),
      kind_(other.kind_),
      fd_(std::exchange(other.fd_, -1)),
      noted_(std::move(other.noted_)),
      failure_(std::move(other.failure_)) {}

LineLog::~LineLog() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

/// The error is without the path.
std::expected<void, std::string> LineLog::begin(const std::optional<std::string>& first_line) {
  const std::string head = first_line ? *first_line + "\n" : "";
  struct stat file{};
  if (::fstat(fd_, &file) != 0) {
    return Error(std::strerror(errno));
  }
  off_t size = S_ISREG(file.st_mode) ? file.st_size : 0;
  const std::string there = size > 0 ? read_at(fd_, 0, head.size()) : "";
  if (!head.starts_with(there) || (there.empty() && size > 0 && first_line)) {
    return Error(fmt::format("is not the {} of a branch of this bank", kind_));
  }
  if (there.size() < head.size()) {  // even its first line was cut off
    size = ::ftruncate(fd_, 0) == 0 || size == 0 ? 0 : size;
  }
  std::string_view first = size == 0 ? std::string_view(head) : std::string_view();
  if (size > 0 && read_at(fd_, size - 1, 1) != "\n") {
    if (!first_line) {
      return Error("its last line was cut off: another file is needed");
    }
    first = "\n";
  }
  auto failure = append(first);
  return failure ? std::expected<void, std::string>(Error(*failure))
                 : std::expected<void, std::string>();
}

void LineLog::note(std::string_view line) {
  noted_ += line;
  noted_ += '\n';
}

bool LineLog::write() {
  if (failure_.empty()) {
    if (const auto failed = append(std::exchange(noted_, {}))) {
      failure_ = fmt::format("{}: {}: the {} has a hole", path_, *failed, kind_);
    }
  }
  return failure_.empty();
}

/// Why it failed, or nothing. After a partial write, the next one reports the reason.
std::optional<std::string> LineLog::append(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return std::strerror(errno);
    }
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
  return std::nullopt;
}

}  // namespace passbook
