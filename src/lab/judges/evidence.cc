// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <unordered_set>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// A call must have arrived at the process that replies to it, and a process that stops says why.
void check_branch(const Timeline& timeline, const BranchFacts& branch, Findings& findings) {
  std::unordered_set<Index> arrived;
  for (const Index event : branch.events) {
    const Fact& fact = timeline.facts[event];
    if (fact.kind == EventKind::started) {
      arrived.clear();
    } else if (fact.kind == EventKind::arrived) {
      arrived.insert(fact.request);
    } else if (fact.kind == EventKind::replied && !arrived.contains(fact.request)) {
      findings.add(fmt::format("{} replies to {} without having recorded its arrival",
                               name_of(branch.id), name_of(timeline.request_ids[fact.request])),
                   {event});
    } else if (fact.kind == EventKind::stopped && timeline.get<Stopped>(event).why.empty()) {
      findings.add(fmt::format("{} stops without saying why", name_of(branch.id)), {event});
    }
  }
}

}  // namespace

Verdict judge_evidence(const Timeline& timeline, const Bounds&) {
  Findings findings{"evidence"};
  for (const BranchFacts& branch : timeline.branches) {
    if (branch.blind_from == kNone && !findings.full()) {
      check_branch(timeline, branch, findings);
    }
  }
  return std::move(findings).take();
}

}  // namespace passbook::history
