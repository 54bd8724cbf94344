// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// Entries that a new stream may carry beyond the allowance for each entry, because another one
/// broke: a few, and as many as an average pair of branches lacked from each other.
constexpr std::uint64_t kSentPerStream = 10;
/// The messages allowed in a second in which nothing happens: one heartbeat from each end of a
/// stream, by a clock that may be fast.
constexpr std::uint64_t kMessagesPerStream = 6;
constexpr std::uint64_t kDialsPerBranch = 1;
/// How often a branch may dial another: in each second, and at first.
constexpr std::uint64_t kDialsPerSecond = 1;
constexpr std::uint64_t kDialsSoon = 8;
constexpr std::uint64_t kIdleStepsPerBranch = 10;
/// The same for idle steps, in a second in which something happens.
constexpr std::uint64_t kIdleStepsPerSecond = 100;

std::uint64_t seconds_in(Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

class Effort {
 public:
  Effort(const Timeline& timeline, const Bounds& bounds) : timeline_(timeline), bounds_(bounds) {}

  Verdict judge() {
    Index before = kNone;
    for (Index event = 0; event < timeline_.event_count(); ++event) {
      if (timeline_.facts[event].kind != EventKind::worked) {
        continue;
      }
      if (before != kNone && before > timeline_.faults_over) {
        check_silence(before, event);
        if (event == before + 1) {
          check_quiet(before, event);
        }
      }
      before = event;
    }
    if (before != kNone && timeline_.sees_all()) {
      check_entries(before);
      check_dials(before);
      check_idle(before);
    }
    return std::move(findings_).take();
  }

 private:
  const Worked& at(Index event) const { return timeline_.get<Worked>(event); }

  /// Each entry goes to each other branch once, except for good reasons.
  void check_entries(Index last) {
    std::uint64_t needed = 0;
    for (const Holding& holding : timeline_.holdings) {
      needed += holding.accepted || holding.event > last ? 0 : 1;
    }
    const Worked& worked = at(last);
    const std::uint64_t branches = timeline_.history.bank.branches.size();
    const std::uint64_t ways = std::max<std::uint64_t>(1, branches * (branches - 1));
    const std::uint64_t most = (bounds_.sent_per_needed + new_incarnations()) * needed +
                               kSentPerStream * worked.streams + needed * worked.streams / ways;
    if (worked.entries > most) {
      findings_.add(fmt::format("{} entries are sent, of which {} are needed, over {} streams",
                                worked.entries, needed, worked.streams),
                    {last});
    }
  }

  /// An unreachable branch is dialed less and less often; often again only after it was reached, or
  /// after the dialer started.
  void check_dials(Index last) {
    const Worked& worked = at(last);
    const std::uint64_t branches = timeline_.branches.size();
    const std::uint64_t seconds = seconds_in(timeline_.at(last).time_since_epoch());
    const std::uint64_t begun = worked.streams + branches * timeline_.restarts.size();
    const std::uint64_t most = branches * branches * seconds * kDialsPerSecond + begun * kDialsSoon;
    if (worked.dials > most) {
      findings_.add(fmt::format("{} streams are dialed in {} s at {} branches, of which {} opened",
                                worked.dials, seconds, branches, worked.streams),
                    {last});
    }
  }

  /// No branch keeps checking whether there is something to do.
  void check_idle(Index last) {
    const Worked& worked = at(last);
    const std::uint64_t branches = timeline_.branches.size();
    const std::uint64_t seconds = seconds_in(timeline_.at(last).time_since_epoch());
    if (worked.idle_steps > branches * seconds * kIdleStepsPerSecond) {
      findings_.add(fmt::format("{} of {} steps do nothing, in {} s at {} branches",
                                worked.idle_steps, worked.steps, seconds, branches),
                    {last});
    }
  }

  /// Every other branch may send everything to a branch that lost its disk.
  std::uint64_t new_incarnations() const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        timeline_.restarts, [](const Restart& restart) { return !restart.same_disk; }));
  }

  /// In an undisturbed bank no branch takes another for dead.
  void check_silence(Index from, Index until) {
    if (const std::uint64_t ended = at(until).ended_silence - at(from).ended_silence; ended > 0) {
      findings_.add(fmt::format("{} streams are ended since nothing was heard on them, though all "
                                "trouble was over",
                                ended),
                    {timeline_.faults_over, from, until});
    }
  }

  /// While nothing happens, branches only send heartbeats.
  void check_quiet(Index from, Index until) {
    const Worked& before = at(from);
    const Worked& after = at(until);
    const std::uint64_t seconds = seconds_in(timeline_.at(until) - timeline_.at(from));
    const std::uint64_t streams = std::max(before.open, after.open) * seconds;
    const std::uint64_t branches = timeline_.history.bank.branches.size() * seconds;
    const auto check = [&](std::uint64_t Worked::* count, std::uint64_t most, const char* what) {
      if (const std::uint64_t done = after.*count - before.*count; done > most) {
        findings_.add(
            fmt::format("{} {} in {} s in which nothing happens, at {} branches with {} "
                        "streams",
                        done, what, seconds, timeline_.history.bank.branches.size(), after.open),
            {from, until});
      }
    };
    check(&Worked::messages, kMessagesPerStream * streams, "messages are sent");
    check(&Worked::entries, 0, "entries are sent");
    check(&Worked::dials, kDialsPerBranch * branches, "streams are dialed");
    check(&Worked::idle_steps, kIdleStepsPerBranch * branches, "steps do nothing");
    if (after.unfinished > 0) {
      findings_.add(fmt::format("{} requests, claims and blocks are still in memory after {} s in "
                                "which nothing happens",
                                after.unfinished, seconds),
                    {from, until});
    }
  }

  const Timeline& timeline_;
  const Bounds bounds_;
  Findings findings_{"effort"};
};

}  // namespace

Verdict judge_effort(const Timeline& timeline, const Bounds& bounds) {
  return Effort(timeline, bounds).judge();
}

}  // namespace passbook::history
