// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// If an entry has two contents, someone must have noticed, unless nobody could. Otherwise a branch
/// would go on with another history without knowing. Two simultaneous recoveries of a branch make
/// different incarnations. A branch learns that its data is old before it writes.
class OneHistory {
 public:
  explicit OneHistory(const Timeline& timeline) : timeline_(timeline) {}

  Verdict judge() {
    for (Index event = 0; event < timeline_.event_count() && !findings_.full(); ++event) {
      if (timeline_.facts[event].kind == EventKind::twin) {
        check_recovery(event);
      } else if (timeline_.facts[event].kind == EventKind::stopped) {
        check_stop(event);
      }
    }
    for (const EntryFacts& entry : timeline_.entries) {
      if (!findings_.full()) {
        check_entry(entry);
      }
    }
    return std::move(findings_).take();
  }

 private:
  void check_recovery(Index event) {
    const auto& twin = timeline_.get<Twin>(event);
    if (twin.recovered) {
      findings_.add(fmt::format("two recoveries made {}, and both live",
                                name_of(Origin{twin.of, *twin.recovered})),
                    {event});
    }
  }

  /// A branch that finds its data old must have written nothing before. Otherwise its log has two
  /// histories, and someone must report them.
  void check_stop(Index event) {
    const auto& stopped = timeline_.get<Stopped>(event);
    const BranchFacts& branch = timeline_.branches[timeline_.facts[event].actor];
    const bool said = timeline_.branches[timeline_.named(timeline_.facts[event].actor)].forked;
    if (said || !stopped.why.contains("data is old or gone")) {
      return;
    }
    const auto end = std::ranges::lower_bound(branch.events, event);
    for (auto at = std::make_reverse_iterator(end); at != branch.events.rend(); ++at) {
      const Fact& fact = timeline_.facts[*at];
      if (fact.kind == EventKind::started) {
        return;
      }
      if (fact.kind == EventKind::applied && timeline_.holdings[fact.link].accepted) {
        findings_.add(fmt::format("{} had written before it found its data to be old",
                                  name_of(stopped.branch)),
                      {*at, event});
        return;
      }
    }
  }

  void check_entry(const EntryFacts& entry) {
    const Index other = timeline_.unnoticed_conflict(entry);
    if (other != kNone) {
      findings_.add(fmt::format("{} has two contents, and nobody said so", name_of(entry.id)),
                    {timeline_.entries[other].first, entry.first});
    }
  }

  const Timeline& timeline_;
  Findings findings_{"one-history"};
};

}  // namespace

Verdict judge_one_history(const Timeline& timeline, const Bounds& /*bounds*/) {
  return OneHistory(timeline).judge();
}

}  // namespace passbook::history
