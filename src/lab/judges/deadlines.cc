// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

class Deadlines {
 public:
  Deadlines(const Timeline& timeline, const Bounds& bounds)
      : timeline_(timeline), bounds_(bounds), waiting_(timeline.requests.size()) {}

  Verdict judge() {
    for (const Call& call : timeline_.calls) {
      check_call(call);
    }
    for (Index branch = 0; branch < timeline_.branches.size() && !findings_.full(); ++branch) {
      check_branch(branch);
    }
    return std::move(findings_).take();
  }

 private:
  /// The calls that have arrived at a branch and have no reply yet.
  struct Waiting {
    Index calls = 0;
    Index arrived = kNone;  ///< the first of them
    Instant limit;          ///< a reply is to all of them, so the latest counts
    /// The same for calls before a pause. The process can't be blamed for those, but may still have
    /// them, and others may join them.
    Instant held{};
  };

  void check_call(const Call& call) {
    const Invoked& asked = timeline_.invoked(call);
    const Instant limit = later(asked.deadline, bounds_.lateness);
    const Instant until = call.answered == kNone ? timeline_.end() : timeline_.at(call.answered);
    if (until <= limit) {
      return;
    }
    findings_.add(
        fmt::format("{} calls {} for {} and is {} {} ms after its deadline", name_of(asked.client),
                    name_of(asked.branch), name_of(asked.request),
                    call.answered == kNone ? "not answered even" : "answered",
                    milliseconds(until - asked.deadline)),
        {call.invoked, call.answered == kNone ? timeline_.event_count() - 1 : call.answered});
  }

  void check_branch(Index branch) {
    bool running = true;  // it may be paused
    Index last = kNone;   // the last sign of life
    for (const Index event : timeline_.branches[branch].events) {
      const Fact& fact = timeline_.facts[event];
      if (fact.kind == EventKind::arrived && running) {
        arrived(event, fact.request);
      } else if (fact.kind == EventKind::replied) {
        replied(event, fact.request);
      } else if (fact.kind == EventKind::started) {
        disturbed(last);
        release();
        running = true;
      } else if (fact.kind == EventKind::paused) {
        hold(event);
        running = false;
      } else if (fact.kind == EventKind::crashed || fact.kind == EventKind::stopped ||
                 fact.kind == EventKind::disk_lost) {
        disturbed(event);
        release();
        running = fact.kind == EventKind::disk_lost && running;
      } else if (fact.kind == EventKind::resumed) {
        running = true;
      }
      last = event;
    }
    disturbed(timeline_.ended == kNone ? last : timeline_.ended);
    release();
  }

  void arrived(Index event, Index request) {
    Waiting& waiting = waiting_[request];
    if (waiting.calls == 0) {
      waiting = {.calls = 0, .arrived = event, .limit = waiting.held, .held = waiting.held};
      open_.push_back(request);
    }
    ++waiting.calls;
    // A call that comes too late must be answered at once.
    const Instant due = std::max(timeline_.get<Arrived>(event).deadline, timeline_.at(event));
    const Instant limit = later(due, bounds_.lateness);
    waiting.limit = std::max(waiting.limit, limit);
  }

  void replied(Index event, Index request) {
    Waiting& waiting = waiting_[request];
    if (waiting.calls == 0) {
      return;
    }
    check(request, event);
    --waiting.calls;
    if (waiting.calls == 0) {
      std::erase(open_, request);
    }
  }

  /// From here on the process can't be blamed. It was alive until `last`.
  void disturbed(Index last) {
    for (const Index request : open_) {
      if (last != kNone) {
        check(request, last);
      }
      waiting_[request].calls = 0;
    }
    open_.clear();
  }

  /// The process is paused, and keeps everything.
  void hold(Index event) {
    for (const Index request : open_) {
      waiting_[request].held = waiting_[request].limit;
      held_.push_back(request);
    }
    disturbed(event);
  }

  /// The process has lost all its calls.
  void release() {
    for (const Index request : std::exchange(held_, {})) {
      waiting_[request].held = {};
    }
  }

  void check(Index request, Index event) {
    const Waiting& waiting = waiting_[request];
    if (timeline_.at(event) <= waiting.limit) {
      return;
    }
    const auto& arrived = timeline_.get<Arrived>(waiting.arrived);
    findings_.add(
        fmt::format("{} has not replied to {} {} ms after its deadline", name_of(arrived.branch),
                    name_of(arrived.request), milliseconds(timeline_.at(event) - arrived.deadline)),
        {waiting.arrived, event});
  }

  const Timeline& timeline_;
  const Bounds bounds_;
  std::vector<Waiting> waiting_;  // by request, at the branch being checked
  std::vector<Index> open_;       // requests that wait
  std::vector<Index> held_;       // requests that waited when the process was paused
  Findings findings_{"deadlines"};
};

}  // namespace

Verdict judge_deadlines(const Timeline& timeline, const Bounds& bounds) {
  return Deadlines(timeline, bounds).judge();
}

}  // namespace passbook::history
