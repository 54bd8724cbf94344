// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/guard.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>

#include "lab/trial/proc_files.h"

namespace passbook::trial {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = Ending::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kTick = milliseconds(10);
constexpr Duration kLook = milliseconds(100);  ///< between looks at all processes
constexpr Duration kSettled = seconds(2);      ///< no new port for so long: there are no more
constexpr Duration kToEnd = seconds(2);        ///< for servers after SIGTERM
constexpr Duration kGrace = seconds(1);        ///< for processes that are just ending
constexpr Duration kSlowTick = milliseconds(40);
constexpr Duration kRuns = milliseconds(10);  ///< of each slow tick
constexpr int kNicer = 15;
constexpr int kEndedInSignals = 128;  ///< what shells add to the number of a signal

/// A new network namespace has a loopback device that is down.
void start_network() {
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    ioctl(fd, SIOCSIFFLAGS, &request);
  }
  close(fd);
}

/// The bytes of all files in this folder.
std::uint64_t bytes_here() {
  namespace fs = std::filesystem;
  std::uint64_t out = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(".", fs::directory_options::skip_permission_denied,
                                              error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    if (!entry->is_symlink(gone) && entry->is_regular_file(gone)) {
      const auto size = entry->file_size(gone);
      out += gone ? 0 : size;
    }
  }
  return out;
}

/// In a session of its own: no signal from a terminal reaches it. All of the run gives way to the
/// guard, which otherwise gets one turn in hundreds once a fork bomb has begun.
pid_t start(const std::string& command, std::uint64_t largest_file) {
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();
    (void)!nice(kNicer);
    const rlimit size{.rlim_cur = largest_file, .rlim_max = largest_file};
    setrlimit(RLIMIT_FSIZE, &size);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  return pid;
}

std::uint64_t size_of(int fd) {
  struct stat status{};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode)
             ? static_cast<std::uint64_t>(status.st_size)
             : 0;
}

/// Readable when a child has ended. That one was stopped is not told.
int open_children() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

class Guard {
 public:
  Guard(const GuardOrders& orders, int report) : orders_(orders), report_to_(report) {}

  GuardReport carry_out() {
    GuardReport out;
    out.ending = run();
    out.took = std::chrono::duration_cast<Duration>(Clock::now() - begun_);
    resume();
    if (server_ > 0) {
      end_servers();
    }
    if (out.ending.kind == Kind::exited || out.ending.kind == Kind::killed) {
      wait_until_none_is_left(kGrace);
      for (const Process& process : left()) {
        out.orphans.push_back(process.name);
      }
      const auto open = new_ports();
      out.ports.assign(open.begin(), open.end());
    }
    return out;
  }

  /// New ones may be started while others are being ended, but not if the kernel ends all at once,
  /// as it does for the first process of a namespace.
  void end_all() {
    if (getpid() == 1) {
      kill(-1, SIGKILL);
    }
    for (auto all = descendants_of(getpid()); !all.empty(); all = descendants_of(getpid())) {
      for (const Process& process : all) {
        kill(process.id, SIGKILL);
      }
      reap();
    }
  }

 private:
  Ending run() {
    if (!orders_.serve.empty()) {
      server_ = start(orders_.serve, orders_.limits.output);
      if (const auto ending = await_ports()) {
        return *ending;
      }
    }
    const pid_t program = start(orders_.run, orders_.limits.output);
    if (program < 0) {
      return {};
    }
    ended_.erase(program);  // the number of one that ended before
    while (!ended_.contains(program)) {
      if (const auto ending = tick()) {
        return *ending;
      }
    }
    return how_it_ended(ended_.at(program));
  }

  /// A shell whose last command was ended by a signal says so by its exit status.
  static Ending how_it_ended(int status) {
    if (WIFSIGNALED(status)) {
      return {Kind::killed, WTERMSIG(status)};
    }
    const int code = WEXITSTATUS(status);
    const bool signal = code > kEndedInSignals && code < kEndedInSignals + SIGRTMIN;
    return signal ? Ending{Kind::killed, code - kEndedInSignals} : Ending{Kind::exited, code};
  }

  /// Until as many are open as there should be, or no more come. A server that put itself into the
  /// background has ended, but not failed.
  std::optional<Ending> await_ports() {
    std::size_t open = 0;
    auto since = Clock::now();
    while (open < orders_.ports && (open == 0 || Clock::now() - since < kSettled)) {
      if (const auto ending = tick()) {
        return ending->kind == Kind::too_slow && open == 0 ? Ending{Kind::no_ports} : *ending;
      }
      if (const auto server = ended_.find(server_); server != ended_.end() && open == 0) {
        const int code = WIFEXITED(server->second) ? WEXITSTATUS(server->second)
                                                   : kEndedInSignals + WTERMSIG(server->second);
        if (code != 0 || left().empty()) {
          return Ending{Kind::server_ended, code};
        }
      }
      if (const std::size_t now = new_ports().size(); now != open) {
        open = now;
        since = Clock::now();
      }
    }
    return std::nullopt;
  }

  /// Lets a moment pass. An ending if a limit was exceeded.
  std::optional<Ending> tick() {
    if (orders_.slow) {
      signal_all(SIGSTOP);
      wait(kSlowTick - kRuns);
      signal_all(SIGCONT);
      wait(kRuns);
    } else {
      wait(kTick);
    }
    reap();
    if (reader_gone_) {
      return Ending{Kind::guard_ended};
    }
    if (Clock::now() - begun_ > orders_.limits.time) {
      return Ending{Kind::too_slow};
    }
    if (size_of(STDOUT_FILENO) >= orders_.limits.output ||
        size_of(STDERR_FILENO) >= orders_.limits.output) {
      return Ending{Kind::too_much_output};
    }
    if (alone_ && count_processes() > orders_.limits.processes) {
      return Ending{Kind::too_many_processes};
    }
    return Clock::now() - looked_ < kLook ? std::nullopt : look();
  }

  std::optional<Ending> look() {
    looked_ = Clock::now();
    const auto all = descendants_of(getpid());
    if (all.size() > orders_.limits.processes) {
      return Ending{Kind::too_many_processes};
    }
    std::uint64_t memory = 0;
    for (const Process& process : all) {
      memory += process.memory;
    }
    if (memory > orders_.limits.memory) {
      return Ending{Kind::too_much_memory};
    }
    if (bytes_here() > bytes_before_ + orders_.limits.output) {
      return Ending{Kind::too_much_output};
    }
    return std::nullopt;
  }

  /// A fork bomb's processes may end as fast as they are reaped, so this does not wait for the
  /// last.
  void reap() {
    constexpr int kMost = 256;
    int status = 0;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    for (int reaped = 1; pid > 0; ++reaped) {
      ended_[pid] = status;
      pid = reaped < kMost ? waitpid(-1, &status, WNOHANG) : 0;
    }
  }

  static void signal_all(int signal) {
    for (const Process& process : descendants_of(getpid())) {
      kill(process.id, signal);
    }
  }

  void resume() const {
    if (orders_.slow) {
      signal_all(SIGCONT);
    }
  }

  /// All but servers, which did not end by themselves and need not.
  std::vector<Process> left() {
    reap();
    auto out = descendants_of(getpid());
    std::erase_if(out, [&](const Process& process) { return is_server(process); });
    return out;
  }

  /// They are asked to, and need not be quick about it.
  void end_servers() {
    kill(-server_, SIGTERM);
    wait_until_none_is_left(kToEnd);
    for (const Process& process : descendants_of(getpid())) {
      if (is_server(process)) {
        kill(process.id, SIGKILL);
      }
    }
  }

  bool is_server(const Process& process) const {
    return server_ > 0 && getsid(process.id) == server_;
  }

  /// A process that counts as ended may still have threads that hold its ports.
  void wait_until_none_is_left(Duration most) {
    const auto until = Clock::now() + most;
    while (Clock::now() < until && !(descendants_of(getpid()).empty() && new_ports().empty())) {
      wait(kTick);
      reap();
    }
  }

  /// Until a child ends, at most for a time.
  void wait(Duration most) {
    std::array<pollfd, 2> polled{{{.fd = children_, .events = POLLIN, .revents = 0},
                                  {.fd = report_to_, .events = 0, .revents = 0}}};
    const timespec timeout{.tv_sec = 0, .tv_nsec = most.count()};
    ppoll(polled.data(), polled.size(), &timeout, nullptr);
    reader_gone_ = (polled[1].revents & POLLERR) != 0;
    signalfd_siginfo info{};
    while (read(children_, &info, sizeof info) == sizeof info) {
    }
  }

  std::set<std::uint16_t> new_ports() const {
    std::set<std::uint16_t> out = listening_ports();
    std::erase_if(out, [&](std::uint16_t port) { return before_.contains(port); });
    return out;
  }

  const GuardOrders& orders_;
  int report_to_;
  int children_ = open_children();
  bool reader_gone_ = false;
  std::uint64_t bytes_before_ = bytes_here();
  std::set<std::uint16_t> before_ = listening_ports();
  Clock::time_point begun_ = Clock::now();
  Clock::time_point looked_ = begun_;
  /// Whether all processes that are visible here are the run's. They can then be counted at every
  /// tick, before a fork bomb has taken all numbers of this machine.
  bool alone_ = getpid() == 1;
  pid_t server_ = 0;
  std::map<pid_t, int> ended_;  ///< by wait status
};

}  // namespace

int guard(const GuardOrders& orders, int report) {
  fcntl(report, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_DUMPABLE, 0);  // no process of the run may write to its descriptors
  signal(SIGPIPE, SIG_IGN);
  if (orders.network) {
    start_network();
  }
  Guard guard(orders, report);
  const std::string text = write_report(guard.carry_out());
  guard.end_all();
  const ssize_t written = write(report, text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ? 0 : 1;
}

}  // namespace passbook::trial
