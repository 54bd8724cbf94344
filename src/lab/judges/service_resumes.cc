// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// A call with less time than this may fail for that reason.
constexpr Duration kTimeEnough = std::chrono::seconds(1);

class ServiceResumes {
 public:
  ServiceResumes(const Timeline& timeline, const Bounds& bounds)
      : timeline_(timeline), bounds_(bounds) {}

  Verdict judge() {
    if (timeline_.faults_over == kNone || someone_is_dead()) {
      return {};
    }
    find_lost_disks();
    const Instant from = later(timeline_.at(timeline_.faults_over), bounds_.convergence);
    for (const Call& call : timeline_.calls) {
      if (call.invoked > timeline_.faults_over && timeline_.at(call.invoked) > from &&
          is_fair(call) && !findings_.full()) {
        check(call);
      }
    }
    return std::move(findings_).take();
  }

 private:
  /// Where a branch does not come back, what it alone can do is not done.
  bool someone_is_dead() const {
    return std::ranges::any_of(timeline_.branches, [](const BranchFacts& branch) {
      return branch.of_bank && !branch.alive && !branch.events.empty();
    });
  }

  void find_lost_disks() {
    frozen_ = std::ranges::any_of(timeline_.restarts,
                                  [](const Restart& restart) { return !restart.same_disk; });
  }

  /// Whether the call asks for something that can be done, in good time, and for itself.
  bool is_fair(const Call& call) const {
    const Invoked& asked = timeline_.invoked(call);
    const Index account = timeline_.account_numbers.find(asked.account);
    const bool known = account != kNone && timeline_.accounts[account].of_bank;
    const bool possible = !is_write(asked.kind) || asked.amount > Money{};
    return known && possible && timeline_.requests[call.request].owner == call.client &&
           asked.deadline >= later(timeline_.at(call.invoked), kTimeEnough);
  }

  void check(const Call& call) {
    const Invoked& asked = timeline_.invoked(call);
    if (call.answered == kNone) {
      if (timeline_.end() > later(asked.deadline, bounds_.lateness)) {
        report(asked, Result::unanswered, call.invoked, timeline_.event_count() - 1);
      }
      return;
    }
    const Result result = timeline_.get<Answered>(call.answered).result;
    if (failed(result) && !lacks_frozen_rights(asked, result)) {
      report(asked, result, call.invoked, call.answered);
    }
  }

  static bool failed(Result result) {
    return result == Result::unavailable || result == Result::unconfirmed ||
           result == Result::unanswered || result == Result::disk_full || result == Result::unknown;
  }

  /// The rights of an incarnation that lost its disk stay where they are until someone decides.
  bool lacks_frozen_rights(const Invoked& asked, Result result) const {
    return frozen_ && asked.kind == Kind::withdraw && result == Result::unavailable;
  }

  void report(const Invoked& asked, Result result, Index invoked, Index shows) {
    findings_.add(
        fmt::format("the {} by {} at {} is {}, though nothing had been disturbed for "
                    "{} ms",
                    name_of(asked), name_of(asked.client), name_of(asked.branch), name_of(result),
                    std::chrono::duration_cast<std::chrono::milliseconds>(
                        timeline_.at(invoked) - timeline_.at(timeline_.faults_over))
                        .count()),
        {timeline_.faults_over, invoked, shows});
  }

  const Timeline& timeline_;
  const Bounds bounds_;
  bool frozen_ = false;  // a branch has lost its disk
  Findings findings_{"service-resumes"};
};

}  // namespace

Verdict judge_service_resumes(const Timeline& timeline, const Bounds& bounds) {
  return ServiceResumes(timeline, bounds).judge();
}

}  // namespace passbook::history
