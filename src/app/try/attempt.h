// SPDX-License-Identifier: Apache-2.0
// One run of a program on a scenario, and the verdict on it.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "app/check/judge_output.h"
#include "app/try/program.h"

namespace passbook {

/// How a run failed, in the order in which the failures are told.
enum class FaultKind : std::uint8_t {
  ended,  ///< not with exit status 0, or not by itself
  no_output,
  unreadable,
  wrong,           ///< however customers ran
  other_schedule,  ///< the answers would be right if customers had run in another order
  left_behind,     ///< processes or open ports
};

struct Fault {
  FaultKind kind = FaultKind::ended;
  std::string what;  ///< one line

  bool operator==(const Fault&) const = default;
};

struct Attempt {
  Duration took{};
  std::string output;            ///< the text that was judged, "" if there was none
  std::optional<Judged> judged;  ///< of that
  std::vector<Fault> faults;     ///< none if all is right
  bool undecided = false;        ///< no fault was found, but whether the answers are right is open
  std::string error_tail;        ///< the last lines of standard error

  bool failed() const { return !faults.empty(); }
};

/// What an attempt's output is compared with.
struct JudgeArguments {
  std::optional<ScheduleKind> schedule;  ///< nothing for the default of the scenario's dialect
  Guarantees guarantees = Guarantees::session();
  Duration budget = std::chrono::seconds(10);
};

/// Runs programs in folders of their own, in a directory that holds all of these. Any thread may
/// call `run`.
class Attempts {
 public:
  /// `directory` must be empty, and exist as long as this.
  Attempts(std::string directory, const JudgeArguments& judge)
      : directory_(std::move(directory)), judge_(judge) {}

  /// The error says why the program could not be tried at all.
  std::expected<Attempt, std::string> run(const Program& program, const TryCase& on);

  /// From now on nothing is written to the directory but by programs that run, and no call of `run`
  /// returns.
  void stop() { files_.lock(); }

 private:
  std::string directory_;
  JudgeArguments judge_;
  std::atomic<std::uint64_t> runs_ = 0;
  std::shared_mutex files_;  ///< shared by those who write to the directory
};

/// "right", "wrong", "undecided", "no output", "unreadable", "failed" (to end well), "left behind".
std::string_view verdict_of(const Attempt& attempt);

}  // namespace passbook
