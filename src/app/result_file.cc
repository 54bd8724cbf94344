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
    return ResultFile(path, "", dup(STDOUT_FILENO));
  }
  if (path.empty()) {
    return failure(path, ENOENT);
  }
  struct stat status{};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    return failure(path, EISDIR);
  }
  if (exists && !S_ISREG(status.st_mode)) {  // a device or a pipe: there is nothing to replace
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    return fd < 0 ? failure(path, errno)
                  : std::expected<ResultFile, std::string>(ResultFile(path, "", fd));
  }
  // What a link leads to is replaced, and not the link.
  std::error_code error;
  const auto led_to = std::filesystem::canonical(path, error);
  const std::string place = error ? path : led_to.string();
  std::string temporary = place + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) {
    return failure(path, errno);
  }
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, exists ? status.st_mode & 0777 : 0666 & ~mask);
  return ResultFile(place, std::move(temporary), fd);
}

ResultFile::ResultFile(std::string path, std::string temporary, int fd)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}

ResultFile::ResultFile(ResultFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, "")),
      fd_(std::exchange(other.fd_, -1)) {}

ResultFile::~ResultFile() {
  if (fd_ >= 0) {
    close(fd_);
  }
  if (!temporary_.empty()) {
    unlink(temporary_.c_str());
  }
}

std::expected<void, std::string> ResultFile::commit(std::string_view content) {
  if (!write_all(fd_, content)) {
    return failure(path_, errno);
  }
  if (!temporary_.empty() && std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return failure(path_, errno);
  }
  temporary_.clear();
  return {};
}

std::expected<void, std::string> prepare_directory(const std::string& path,
                                                   std::span<const std::string> names) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return failure(path, error.value());
  }
  std::string probe = path + "/.XXXXXX";
  const int fd = mkostemp(probe.data(), O_CLOEXEC);
  if (fd < 0) {
    return failure(path, errno);
  }
  close(fd);
  unlink(probe.c_str());
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
