// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/process_group.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/check.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
    sigaddset(&set, signal);
  }
  return set;
}

struct Pipe {
  int read_end;
  int write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  PASSBOOK_CHECK(pipe2(ends.data(), O_CLOEXEC) == 0, "cannot create a pipe");
  return {ends[0], ends[1]};
}

/// Sets up a new child: it ends when its parent ends, its pipes become its stdin and stdout, and
/// all other descriptors of the parent are closed in it.
void settle_in(pid_t parent, int in, int out, int log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) {
    _exit(1);  // the parent ended before the call to prctl
  }
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  close_range(STDERR_FILENO + 1, ~0U, 0);
  setpgid(0, 0);  // Ctrl-C must reach only the parent, which ends its children
  const sigset_t set = watched();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace

ProcessGroup::ProcessGroup(std::optional<std::string> log_dir) : log_dir_(std::move(log_dir)) {
  const sigset_t set = watched();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  signal(SIGPIPE, SIG_IGN);
}

ProcessGroup::~ProcessGroup() {
  stop(real_now());
  for (const Child& child : children_) {
    for (const int fd : {child.to, child.from, child.log}) {
      if (fd >= 0) {
        close(fd);
      }
    }
  }
  close(signals_);
}

int ProcessGroup::open_log(const std::string& name) const {
  const int fd = log_dir_ ? open(fmt::format("{}/{}.log", *log_dir_, name).c_str(),
                                 O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_CLOEXEC, 0644)
                          : memfd_create(name.c_str(), MFD_CLOEXEC);
  PASSBOOK_CHECK(fd >= 0, "cannot open a log");
  return fd;
}

ProcessGroup::ChildId ProcessGroup::spawn(const std::string& name,
                                          const std::function<int()>& body) {
  const Pipe to = make_pipe();
  const Pipe from = make_pipe();
  const int log = open_log(name);
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  PASSBOOK_CHECK(pid >= 0, "cannot create a process");
  if (pid == 0) {
    settle_in(parent, to.read_end, from.write_end, log);
    const int status = body();
    std::fflush(nullptr);
    _exit(status);
  }
  close(to.read_end);
  close(from.write_end);
  fcntl(to.write_end, F_SETFL, O_NONBLOCK);
  fcntl(from.read_end, F_SETFL, O_NONBLOCK);
  children_.push_back({.name = name,
                       .pid = pid,
                       .to = to.write_end,
                       .from = from.read_end,
                       .log = log,
                       .outgoing = {},
                       .incoming = {}});
  return children_.size() - 1;
}

void ProcessGroup::send(ChildId child, const std::string& line) {
  children_[child].outgoing += line + '\n';
  flush(children_[child]);
}

/// Writes as much as the pipe takes. If the child has ended, drops the rest.
void ProcessGroup::flush(Child& child) {
  while (child.to >= 0 && !child.outgoing.empty()) {
    const ssize_t written = write(child.to, child.outgoing.data(), child.outgoing.size());
    if (written < 0) {
      if (errno != EAGAIN && errno != EINTR) {
        child.outgoing.clear();
      }
      break;
    }
    child.outgoing.erase(0, static_cast<std::size_t>(written));
  }
}

void ProcessGroup::drain(Child& child) {
  std::array<char, 65536> buffer{};
  while (child.from >= 0) {
    const ssize_t count = read(child.from, buffer.data(), buffer.size());
    if (count > 0) {
      child.incoming.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      close(std::exchange(child.from, -1));
    } else if (errno != EINTR) {
      return;
    }
  }
}

void ProcessGroup::take_lines(ChildId id, std::vector<Happening>& out) {
  std::string& text = children_[id].incoming;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    out.emplace_back(Line{id, text.substr(begin, end - begin)});
    begin = end + 1;
  }
  text.erase(0, begin);
}

void ProcessGroup::reap(std::vector<Happening>& out) {
  for (ChildId id = 0; id < children_.size(); ++id) {
    Child& child = children_[id];
    int status = 0;
    if (child.pid > 0 && waitpid(child.pid, &status, WNOHANG) == child.pid) {
      child.pid = -1;
      drain(child);
      take_lines(id, out);
      out.emplace_back(Ended{id, status == 0, describe_status(status)});
    }
  }
}

/// True if a child has ended.
bool ProcessGroup::take_signals(std::vector<Happening>& out) const {
  bool child_ended = false;
  signalfd_siginfo info{};
  while (read(signals_, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      child_ended = true;
    } else {
      out.emplace_back(Interrupted{static_cast<int>(info.ssi_signo)});
    }
  }
  return child_ended;
}

std::vector<ProcessGroup::Happening> ProcessGroup::wait(Instant until) {
  std::vector<pollfd> polled{{.fd = signals_, .events = POLLIN, .revents = 0}};
  for (const Child& child : children_) {
    polled.push_back({.fd = child.from, .events = POLLIN, .revents = 0});
    polled.push_back(
        {.fd = child.outgoing.empty() ? -1 : child.to, .events = POLLOUT, .revents = 0});
  }
  const Duration left =
      until == kNever ? Duration::max() : std::max(until - real_now(), Duration{});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  ppoll(polled.data(), polled.size(), until == kNever ? nullptr : &timeout, nullptr);

  std::vector<Happening> out;
  const bool child_ended = take_signals(out);
  for (Child& child : children_) {
    flush(child);
  }
  ++passes_;
  // Reads later children first. Lines that earlier ones wrote before theirs can then be read, too.
  for (std::size_t i = children_.size(); i-- > 0;) {
    drain(children_[i]);
  }
  for (ChildId id = 0; id < children_.size(); ++id) {
    take_lines(id, out);
  }
  if (child_ended) {
    reap(out);
  }
  return out;
}

void ProcessGroup::stop(Instant until) {
  for (const Child& child : children_) {
    if (child.pid > 0) {
      kill(child.pid, SIGTERM);
    }
  }
  const auto anyone_alive = [&] {
    return std::ranges::any_of(children_, [](const Child& child) { return child.pid > 0; });
  };
  while (anyone_alive() && real_now() < until) {
    wait(until);
  }
  for (Child& child : children_) {
    if (child.pid > 0) {
      kill(child.pid, SIGKILL);
      waitpid(std::exchange(child.pid, -1), nullptr, 0);
    }
  }
}

std::vector<std::string> ProcessGroup::log_tail(ChildId child, std::size_t lines) const {
  constexpr off_t kMostBytes = 16384;
  const int fd = children_[child].log;
  struct stat status{};
  fstat(fd, &status);
  const off_t from = std::max<off_t>(0, status.st_size - kMostBytes);
  std::string text(static_cast<std::size_t>(status.st_size - from), '\0');
  const ssize_t count = pread(fd, text.data(), text.size(), from);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (out.size() > lines) {
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(lines));
  }
  return out;
}

}  // namespace passbook
