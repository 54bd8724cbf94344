// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// A position in each origin's log, by the origin's number; 0 beyond the end.
class Extent {
 public:
  std::uint64_t at(Index origin) const { return origin < ends_.size() ? ends_[origin] : 0; }
  void set(Index origin, std::uint64_t end) {
    if (origin >= ends_.size()) {
      ends_.resize(origin + 1);
    }
    ends_[origin] = end;
  }
  void raise(Index origin, std::uint64_t end) { set(origin, std::max(at(origin), end)); }
  void merge(const Extent& other) {
    for (Index origin = 0; origin < other.ends_.size(); ++origin) {
      raise(origin, other.ends_[origin]);
    }
  }

 private:
  std::vector<std::uint64_t> ends_;
};

/// Errs on the generous side about what a log had to name: a customer counts as having seen
/// everything that the branch had when its answer came.
class Dependencies {
 public:
  explicit Dependencies(const Timeline& timeline)
      : timeline_(timeline),
        applied_(timeline.branches.size()),
        seen_(timeline.clients.size()),
        had_to_(timeline.origins.size()) {}

  Verdict judge() {
    return judge_each_event(timeline_, EventKind::grouped, findings_,
                            [&](Index event) { take(event); });
  }

 private:
  void take(Index event) {
    const Fact& fact = timeline_.facts[event];
    switch (fact.kind) {
      case EventKind::started:
        start(fact.actor, event);
        break;
      case EventKind::applied:
        apply(event, timeline_.holdings[fact.link]);
        break;
      case EventKind::answered:
        if (fact.link != kNone) {
          answer(timeline_.calls[fact.link]);
        }
        break;
      case EventKind::grouped:
        check(event, fact.actor);
        break;
      default:
        break;
    }
  }

  void start(Index branch, Index event) {
    Extent& applied = applied_[branch];
    for (const Index holding : timeline_.undone(event)) {
      const EntryFacts& entry = timeline_.entries[timeline_.holdings[holding].entry];
      applied.set(entry.origin, entry.id.sequence.value - 1);
    }
  }

  void apply(Index event, const Holding& holding) {
    const EntryFacts& entry = timeline_.entries[holding.entry];
    if (holding.accepted) {
      accept(event, holding, entry);
    } else {
      for (const Change& change : timeline_.changes(holding.entry)) {
        // The rights of its own lost incarnations count as well.
        if (!change.moves_money() && timeline_.origins[change.to].branch == holding.branch) {
          had_to_[change.to].raise(entry.origin, entry.id.sequence.value);
        }
      }
    }
    applied_[holding.branch].raise(entry.origin, entry.id.sequence.value);
  }

  void accept(Index event, const Holding& holding, const EntryFacts& entry) {
    Extent& had_to = had_to_[entry.origin];
    if (entry.request == kNone) {
      if (releases(holding.entry)) {
        had_to.merge(applied_[holding.branch]);
      }
      return;
    }
    Index number = timeline_.requests[entry.request].last_call;
    for (; number != kNone; number = timeline_.calls[number].previous) {
      const Call& call = timeline_.calls[number];
      if (call.invoked < event) {
        had_to.merge(needed_by(call, holding.branch));
      }
    }
  }

  /// Whether the entry takes over rights of lost incarnations, which it does after all their known
  /// entries.
  bool releases(Index entry) const {
    return std::ranges::any_of(timeline_.changes(entry), [&](const Change& change) {
      return !change.moves_money() &&
             timeline_.origins[change.from].branch == timeline_.origins[change.to].branch;
    });
  }

  const Extent& needed_by(const Call& call, Index branch) const {
    static const Extent kNothing;
    if (timeline_.made_up[call.client]) {
      return applied_[branch];
    }
    const Wanted& wanted = timeline_.invoked(call).wanted;
    return wanted.monotonic_writes || wanted.writes_follow_reads ? seen_[call.client] : kNothing;
  }

  void answer(const Call& call) {
    Extent& seen = seen_[call.client];
    seen.merge(applied_[call.branch]);
    Index entry = timeline_.requests[call.request].last_entry;
    for (; entry != kNone; entry = timeline_.entries[entry].next_of_request) {
      seen.raise(timeline_.entries[entry].origin, timeline_.entries[entry].id.sequence.value);
    }
  }

  void check(Index event, Index branch) {
    const auto& group = timeline_.get<Grouped>(event);
    firsts_[{group.first.origin, group.last}] = group.first.sequence.value;
    const Index log = timeline_.origin_number(group.first.origin);
    for (const EntryId& named : group.after) {
      const auto first = firsts_.find(named);
      const Index origin = timeline_.origin_number(named.origin);
      if (log != kNone && origin != kNone && first != firsts_.end() &&
          had_to_[log].at(origin) < first->second) {
        findings_.add(fmt::format("{} makes {} depend on {}, which nothing in its log needed",
                                  name_of(timeline_.branches[branch].id), name_of(group.first),
                                  name_of(named)),
                      {event});
      }
    }
  }

  const Timeline& timeline_;
  std::vector<Extent> applied_;              // by branch
  std::vector<Extent> seen_;                 // by client
  std::vector<Extent> had_to_;               // by origin: what its log may name
  std::map<EntryId, std::uint64_t> firsts_;  // a group's first entry, by its last
  Findings findings_{"dependencies"};
};

}  // namespace

Verdict judge_dependencies(const Timeline& timeline, const Bounds& /*bounds*/) {
  return Dependencies(timeline).judge();
}

}  // namespace passbook::history
