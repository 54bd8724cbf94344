// SPDX-License-Identifier: Apache-2.0
// The processes of a run: started together, listened to, and ended together.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"

namespace passbook {

/// Forks children that talk over pipes. No child outlives the process that made the group, even
/// if that is killed: the kernel ends each when its parent's main thread ends.
///
/// Construct it, and spawn all children, in the main thread, before any other thread exists.
class ProcessGroup {
 public:
  using ChildId = std::size_t;

  /// With a directory, each child's log goes to NAME.log there; otherwise into memory.
  explicit ProcessGroup(std::optional<std::string> log_dir);
  /// Kills all children that still live.
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  /// Runs `body` in a new process whose stdin and stdout are pipes to this one and whose stderr is
  /// its log. The result of `body` is the exit status. `name` names the log file.
  ChildId spawn(const std::string& name, const std::function<int()>& body);

  /// Sends a line, which is buffered until the child takes it.
  void send(ChildId child, const std::string& line);

  /// A child wrote a line.
  struct Line {
    ChildId child;
    std::string text;
  };
  /// A child has ended; `how` is "exit status 1", "signal 9 (Killed)", ...
  struct Ended {
    ChildId child;
    bool clean = false;  ///< exit status 0
    std::string how;
  };
  /// This process was asked to stop.
  struct Interrupted {
    int signal = 0;
  };
  using Happening = std::variant<Line, Ended, Interrupted>;

  /// Waits until something happens, at most until `until`. If a child reacts to a line of another
  /// one that was spawned earlier, the line comes before the reaction.
  std::vector<Happening> wait(Instant until);

  /// How many times `wait` has read everything that was available.
  std::uint64_t passes() const { return passes_; }

  /// Asks the children to end (SIGTERM), waits, and kills those that have not ended by `until`.
  void stop(Instant until);

  /// The last lines of a child's log.
  std::vector<std::string> log_tail(ChildId child, std::size_t lines) const;

 private:
  struct Child {
    std::string name;
    pid_t pid = -1;  ///< -1 once it has ended
    int to = -1;
    int from = -1;
    int log = -1;
    std::string outgoing;
    std::string incoming;
  };

  int open_log(const std::string& name) const;
  void flush(Child& child);
  void drain(Child& child);
  void take_lines(ChildId id, std::vector<Happening>& out);
  void reap(std::vector<Happening>& out);
  bool take_signals(std::vector<Happening>& out) const;

  std::optional<std::string> log_dir_;
  std::vector<Child> children_;
  std::uint64_t passes_ = 0;
  int signals_ = -1;
};

}  // namespace passbook
