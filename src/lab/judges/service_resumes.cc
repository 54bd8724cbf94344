// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

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
          timeline_.is_fair(call, bounds_.time_enough) && !findings_.full()) {
        check(call);
      }
    }
    return std::move(findings_).take();
  }

 private:
  /// Whether a branch stays down. Requests that only it could serve may then fail.
  bool someone_is_dead() const {
    return std::ranges::any_of(timeline_.branches, [](const BranchFacts& branch) {
      return branch.of_bank && !branch.alive && !branch.events.empty();
    });
  }

  void find_lost_disks() {
    frozen_ = std::ranges::any_of(timeline_.restarts,
                                  [](const Restart& restart) { return !restart.same_disk; });
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

  /// The rights of an incarnation that lost its disk stay frozen until someone decides.
  bool lacks_frozen_rights(const Invoked& asked, Result result) const {
    return frozen_ && asked.kind == Kind::withdraw && result == Result::unavailable;
  }

  void report(const Invoked& asked, Result result, Index invoked, Index shows) {
    findings_.add(
        fmt::format("the {} by {} at {} is {}, though nothing had been disturbed for "
                    "{} ms",
                    name_of(asked), name_of(asked.client), name_of(asked.branch), name_of(result),
                    milliseconds(timeline_.at(invoked) - timeline_.at(timeline_.faults_over))),
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
