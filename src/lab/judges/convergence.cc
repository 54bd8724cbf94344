// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

class Convergence {
 public:
  Convergence(const Timeline& timeline, const Bounds& bounds)
      : timeline_(timeline), bounds_(bounds) {}

  Verdict judge() {
    if (timeline_.faults_over == kNone || timeline_.ended == kNone) {
      return {};
    }
    find_living();
    if (living_.empty()) {
      check_anyone_lives();
      return std::move(findings_).take();
    }
    find_duplicates();
    for (Index entry = 0; entry < timeline_.entries.size() && !findings_.full(); ++entry) {
      if (!duplicates_older_[entry]) {
        check_entry(entry);
      }
    }
    if (!under_way_) {
      check_audits();
    }
    return std::move(findings_).take();
  }

 private:
  void find_living() {
    for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
      const BranchFacts& facts = timeline_.branches[branch];
      if (facts.of_bank && facts.alive && facts.blind_from == kNone) {
        living_.push_back(branch);
      }
    }
    has_.assign(timeline_.branches.size(), kNone);
  }

  /// If every branch of the bank recorded its end, the whole bank is dead.
  void check_anyone_lives() {
    Index last = kNone;
    for (const BranchFacts& branch : timeline_.branches) {
      if (!branch.of_bank) {
        continue;
      }
      if (branch.alive || branch.events.empty()) {
        return;
      }
      last = last == kNone ? branch.events.back() : std::max(last, branch.events.back());
    }
    findings_.add("no branch is alive at the end", {timeline_.faults_over, last, timeline_.ended});
  }

  /// No history says which of two indistinguishable entries a branch has.
  void find_duplicates() {
    next_duplicate_.assign(timeline_.entries.size(), kNone);
    duplicates_older_.assign(timeline_.entries.size(), false);
    for (Index entry = 0; entry < timeline_.entries.size(); ++entry) {
      Index older = timeline_.entries[entry].older;
      while (older != kNone && !timeline_.indistinguishable(older, entry)) {
        older = timeline_.entries[older].older;
      }
      if (older != kNone) {
        next_duplicate_[older] = entry;
        duplicates_older_[entry] = true;
      }
    }
  }

  /// The number of branches that have the entry.
  std::size_t count_holders(Index entry) {
    std::size_t holders = 0;
    for (Index same = entry; same != kNone; same = next_duplicate_[same]) {
      for (const Index number : timeline_.holders(same)) {
        const Holding& holding = timeline_.holdings[number];
        const BranchFacts& branch = timeline_.branches[holding.branch];
        if (holding.gone == kNone && branch.of_bank && branch.alive && branch.blind_from == kNone &&
            has_[holding.branch] != entry) {
          has_[holding.branch] = entry;
          ++holders;
          check_time(same, holding);
        }
      }
    }
    return holders;
  }

  void check_entry(Index entry) {
    const std::size_t holders = count_holders(entry);
    if (holders == 0 || holders == living_.size()) {
      return;
    }
    const auto lacking =
        std::ranges::find_if(living_, [&](Index branch) { return has_[branch] != entry; });
    const EntryFacts& facts = timeline_.entries[entry];
    if (facts.first > timeline_.faults_over && due(entry, *lacking) > timeline_.end()) {
      under_way_ = true;
      return;
    }
    findings_.add(fmt::format("{} does not have {} in the end, though others do",
                              name_of(timeline_.branches[*lacking].id), name_of(facts.id)),
                  {facts.first, timeline_.ended});
  }

  /// A branch must have an entry by the bound after the latest of three moments: the entry was
  /// made, the faults ended, the branch began.
  Instant due(Index entry, Index branch) const {
    Index since = std::max(timeline_.faults_over, timeline_.entries[entry].first);
    if (const Index start = timeline_.branches[branch].last_start; start != kNone) {
      since = std::max(since, start);
    }
    return later(timeline_.at(since), bounds_.convergence);
  }

  void check_time(Index entry, const Holding& holding) {
    if (holding.event > timeline_.faults_over &&
        timeline_.at(holding.event) > due(entry, holding.branch)) {
      const EntryFacts& facts = timeline_.entries[entry];
      findings_.add(fmt::format("{} gets {} only {} ms after the faults were over",
                                name_of(timeline_.branches[holding.branch].id), name_of(facts.id),
                                milliseconds(timeline_.at(holding.event) -
                                             timeline_.at(timeline_.faults_over))),
                    {facts.first, timeline_.faults_over, holding.event});
    }
  }

  /// All living branches end with the same state of each account.
  void check_audits() {
    std::vector<Index> first(timeline_.accounts.size(), kNone);
    std::vector<Index> said(timeline_.accounts.size() * timeline_.branches.size(), kNone);
    for (Index event = 0; event < timeline_.event_count(); ++event) {
      const Fact& fact = timeline_.facts[event];
      if (fact.kind == EventKind::audited && timeline_.branches[fact.actor].alive) {
        const auto& audited = timeline_.get<Audited>(event);
        const Index account = timeline_.account_numbers.find(audited.account);
        said[account * timeline_.branches.size() + fact.actor] = event;
      }
    }
    for (std::size_t cell = 0; cell < said.size(); ++cell) {
      Index& other = first[cell / timeline_.branches.size()];
      other = other == kNone ? said[cell] : other;
      if (said[cell] != kNone) {
        compare(timeline_.get<Audited>(other), other, timeline_.get<Audited>(said[cell]),
                said[cell]);
      }
    }
  }

  void compare(const Audited& one, Index one_at, const Audited& other, Index other_at) {
    if (one.balance != other.balance) {
      findings_.add(fmt::format("in the end {} has {} on account {}, and {} has {}",
                                name_of(one.branch), to_string(one.balance), one.account.value,
                                name_of(other.branch), to_string(other.balance)),
                    {one_at, other_at});
    }
  }

  const Timeline& timeline_;
  const Bounds bounds_;
  std::vector<Index> living_;
  std::vector<Index> has_;             // by branch: the last entry that it was found to have
  std::vector<Index> next_duplicate_;  // by entry: the next newer one that is indistinguishable
  std::vector<bool> duplicates_older_;
  bool under_way_ = false;  // an entry is not everywhere, and need not be yet
  Findings findings_{"convergence"};
};

}  // namespace

Verdict judge_convergence(const Timeline& timeline, const Bounds& bounds) {
  return Convergence(timeline, bounds).judge();
}

}  // namespace passbook::history
