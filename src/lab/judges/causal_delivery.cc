// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"
#include "lab/judges/reach.h"

namespace passbook::history {
namespace {

class CausalDelivery {
 public:
  explicit CausalDelivery(const Timeline& timeline)
      : timeline_(timeline), grants_(timeline.entries.size()) {}

  Verdict judge() {
    for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
      find_grants(branch);
    }
    for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
      check_replica(branch);
    }
    return std::move(findings_).take();
  }

 private:
  /// For each entry that the branch accepts, the grants to it that it has applied since its
  /// previous entry.
  void find_grants(Index branch) {
    std::vector<Index> pending;  // entries
    for (const Index event : timeline_.branches[branch].events) {
      const Fact& fact = timeline_.facts[event];
      if (!timeline_.sees(branch, event)) {
        return;
      }
      if (fact.kind == EventKind::applied) {
        const Index entry = timeline_.holdings[fact.link].entry;
        if (timeline_.holdings[fact.link].accepted) {
          grants_[entry] = std::move(pending);
          pending.clear();
        } else if (grants_to(branch, entry)) {
          pending.push_back(entry);
        }
      } else if (fact.kind == EventKind::started) {
        forget(event, pending);
      }
    }
  }

  /// A list is cut from its end, so the last entries are forgotten first.
  void forget(Index event, std::vector<Index>& pending) {
    for (const Index number : timeline_.undone(event)) {
      const Holding& holding = timeline_.holdings[number];
      if (holding.accepted) {
        pending = grants_[holding.entry];
      } else if (!pending.empty() && pending.back() == holding.entry) {
        pending.pop_back();
      }
    }
  }

  /// Grants to any incarnation of the branch. Grants to earlier incarnations do no harm.
  bool grants_to(Index branch, Index entry) const {
    for (const Change& change : timeline_.changes(entry)) {
      if (!change.moves_money() && timeline_.origins[change.to].branch == branch) {
        return true;
      }
    }
    return false;
  }

  void check_replica(Index branch) {
    Reach reach;
    for (const Index event : timeline_.branches[branch].events) {
      if (!timeline_.sees(branch, event) || findings_.full()) {
        return;
      }
      const Fact& fact = timeline_.facts[event];
      if (fact.kind == EventKind::applied) {
        check_applied(event, timeline_.holdings[fact.link], reach);
      }
      follow(timeline_, event, reach);
    }
  }

  void check_applied(Index event, const Holding& holding, const Reach& reach) {
    const EntryFacts& entry = timeline_.entries[holding.entry];
    const BranchId branch = timeline_.branches[holding.branch].id;
    const std::uint64_t last = reach.of(entry.origin);
    if (entry.id.sequence.value <= last) {
      findings_.add(fmt::format("{} applies {} again", name_of(branch), name_of(entry.id)),
                    {entry.first, event});
    } else if (entry.id.sequence.value != last + 1) {
      findings_.add(fmt::format("{} applies {} after entry {} of that log", name_of(branch),
                                name_of(entry.id), last),
                    {entry.first, event});
    }
    for (const Index grant : grants_[holding.entry]) {
      const EntryFacts& needed = timeline_.entries[grant];
      if (serves(grant, entry.origin) && reach.of(needed.origin) < needed.id.sequence.value) {
        findings_.add(fmt::format("{} applies {} without {}, whose grant that may have spent",
                                  name_of(branch), name_of(entry.id), name_of(needed.id)),
                      {needed.first, entry.first, event});
        return;
      }
    }
  }

  bool serves(Index grant, Index origin) const {
    for (const Change& change : timeline_.changes(grant)) {
      if (!change.moves_money() && change.to == origin) {
        return true;
      }
    }
    return false;
  }

  const Timeline& timeline_;
  std::vector<std::vector<Index>> grants_;  // by entry
  Findings findings_{"causal-delivery"};
};

}  // namespace

Verdict judge_causal_delivery(const Timeline& timeline, const Bounds& /*bounds*/) {
  return CausalDelivery(timeline).judge();
}

}  // namespace passbook::history
