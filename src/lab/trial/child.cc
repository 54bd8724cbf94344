// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;  // NOLINT(readability-redundant-declaration): not declared everywhere

namespace passbook::trial {
namespace {

using Error = std::unexpected<std::string>;

constexpr int kReport = 3;

/// What posix_spawn(3) does in the new process before the command begins.
class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void open(int fd, const std::string& path, int flags) {
    posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, 0644);
  }
  void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void close_from(int fd) { posix_spawn_file_actions_addclosefrom_np(&actions_, fd); }
  void begin_in(const std::string& folder) {
    posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }

  std::expected<pid_t, std::string> spawn(const std::vector<std::string>& words) const {
    std::vector<std::string> copies = words;
    std::vector<char*> arguments;
    for (std::string& word : copies) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    // Signals that this process blocks are not blocked in the new one.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t pid = 0;
    const int error =
        posix_spawnp(&pid, arguments[0], &actions_, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
      return Error(fmt::format("{}: {}", words.front(), std::strerror(error)));
    }
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_{};
};

int end_of(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string read_all(int fd) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count > 0) {
      out.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return out;
    }
  }
}

}  // namespace

std::expected<std::string, std::string> run_with_report(const std::vector<std::string>& words,
                                                        const ChildPlace& place) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error(fmt::format("a pipe cannot be made: {}", std::strerror(errno)));
  }
  Actions actions;
  const int above = fcntl(ends[1], F_DUPFD_CLOEXEC, kReport + 1);
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.open(STDOUT_FILENO, place.out, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  actions.open(STDERR_FILENO, place.error, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  actions.duplicate(above, kReport);
  actions.close_from(kReport + 1);
  actions.begin_in(place.folder);
  const auto pid = actions.spawn(words);
  close(above);
  close(ends[1]);
  std::string report = pid ? read_all(ends[0]) : "";
  close(ends[0]);
  if (!pid) {
    return Error(pid.error());
  }
  end_of(*pid);
  return report;
}

bool run_quietly(const std::vector<std::string>& words) {
  Actions actions;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    actions.open(fd, "/dev/null", O_RDWR);
  }
  const auto pid = actions.spawn(words);
  return pid && end_of(*pid) == 0;
}

}  // namespace passbook::trial
