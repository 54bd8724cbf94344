// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// An entry of which there are two contents was noticed, or could not be; else someone goes on with
/// another history than the others, and does not know. Two recoveries of a branch that begin at
/// once give each its own incarnation.
class OneHistory {
 public:
  explicit OneHistory(const Timeline& timeline) : timeline_(timeline) {}

  Verdict judge() {
    for (Index event = 0; event < timeline_.event_count() && !findings_.full(); ++event) {
      if (timeline_.facts[event].told == Told::twin) {
        check_recovery(event);
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
