// SPDX-License-Identifier: Apache-2.0
#include "app/result_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace passbook {
namespace {

std::unexpected<std::string> failure(const std::string& path, int why) {
  return std::unexpected(
      fmt::format("{}: cannot be written: {}", path.empty() ? "\"\"" : path, std::strerror(why)));
}

/// A new file beside another. It is deleted with the object unless it was renamed.
struct Temporary {
  std::string path;
  int fd = -1;

  /// The error is an errno.
  static std::expected<Temporary, int> make(const std::string& beside) {
    std::string name = beside + ".XXXXXX";
    const int opened = mkostemp(name.data(), O_CLOEXEC);
    if (opened < 0) {
      return std::unexpected(errno);
    }
    return Temporary(std::move(name), opened);
  }

  Temporary(std::string name, int opened) : path(std::move(name)), fd(opened) {}
  Temporary(Temporary&& other) noexcept
      : path(std::exchange(other.path, "")), fd(std::exchange(other.fd, -1)) {}
  Temporary& operator=(Temporary&&) = delete;
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (fd >= 0) {
      close(fd);
    }
    if (!path.empty()) {
      unlink(path.c_str());
    }
  }

  bool rename_to(const std::string& target) {
    if (std::rename(path.c_str(), target.c_str()) != 0) {
      return false;
    }
    path.clear();
    return true;
  }
};

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno != EINTR) {
      return false;
    }
    content.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return true;
}

}  // namespace

std::expected<ResultFile, std::string> ResultFile::prepare(const std::string& path) {
  if (path == "-") {
    return ResultFile(dup(STDOUT_FILENO));
  }
  if (path.empty()) {
    return failure(path, ENOENT);
  }
  struct stat status{};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    return failure(path, EISDIR);
  }
  if (exists && !S_ISREG(status.st_mode)) {  // a device or a pipe can't be replaced
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    return fd < 0 ? failure(path, errno) : std::expected<ResultFile, std::string>(ResultFile(fd));
  }
  // Replaces the target of a link, not the link.
  std::error_code error;
  const auto led_to = std::filesystem::canonical(path, error);
  const std::string place = error ? path : led_to.string();
  const auto probe = Temporary::make(place);
  if (!probe) {
    return failure(path, probe.error());
  }
  const mode_t mask = umask(0);
  umask(mask);
  return ResultFile(place, exists ? status.st_mode & 0777 : 0666 & ~mask);
}

ResultFile::ResultFile(int fd) : fd_(fd) {}

ResultFile::ResultFile(std::string path, unsigned mode) : path_(std::move(path)), mode_(mode) {}

ResultFile::ResultFile(ResultFile&& other) noexcept
    : path_(std::move(other.path_)), mode_(other.mode_), fd_(std::exchange(other.fd_, -1)) {}

ResultFile::~ResultFile() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

std::expected<void, std::string> ResultFile::commit(std::string_view content) {
  if (fd_ >= 0) {
    return write_all(fd_, content) ? std::expected<void, std::string>()
                                   : failure("the result", errno);
  }
  auto temporary = Temporary::make(path_);
  if (!temporary) {
    return failure(path_, temporary.error());
  }
  if (fchmod(temporary->fd, mode_) != 0 || !write_all(temporary->fd, content) ||
      !temporary->rename_to(path_)) {
    return failure(path_, errno);
  }
  return {};
}

std::expected<void, std::string> ResultFile::commit_beside(std::string_view content,
                                                           std::string_view suffix) {
  return fd_ >= 0 ? std::expected<void, std::string>()
                  : ResultFile(path_ + std::string(suffix), mode_).commit(content);
}

std::expected<void, std::string> prepare_directory(const std::string& path,
                                                   std::span<const std::string> names) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return failure(path, error.value());
  }
  if (const auto probe = Temporary::make(path + "/probe"); !probe) {
    return failure(path, probe.error());
  }
  for (const std::string& name : names) {
    const std::string file = fmt::format("{}/{}", path, name);
    if (std::filesystem::is_directory(file, error)) {
      return failure(file, EISDIR);
    }
    if (access(file.c_str(), W_OK) != 0 && errno != ENOENT) {
      return failure(file, errno);
    }
  }
  return {};
}

}  // namespace passbook
