// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// Each origin's rights to each account, at one replica after another.
class EscrowSums {
 public:
  explicit EscrowSums(const Timeline& timeline) : timeline_(timeline) {
    const auto& bank = timeline_.history.bank;
    initial_.assign(timeline_.accounts.size() * timeline_.origins.size(), Money{});
    for (const Account& account : bank.accounts) {
      share_out(account);
    }
  }

  Verdict judge() {
    for (Index branch = 0; branch < timeline_.branches.size() && !findings_.full(); ++branch) {
      check_replica(branch);
    }
    return std::move(findings_).take();
  }

 private:
  void share_out(const Account& account) {
    const Index number = timeline_.account_numbers.find(account.id);
    for (Index branch = 0; branch < timeline_.of_bank; ++branch) {
      initial_[cell(number, branch)] = timeline_.first_rights(timeline_.accounts[number], branch);
    }
  }

  std::size_t cell(Index account, Index origin) const {
    return std::size_t{account} * timeline_.origins.size() + origin;
  }

  void check_replica(Index branch) {
    rights_ = initial_;
    for (const Index event : timeline_.branches[branch].events) {
      if (findings_.full() || !timeline_.sees(branch, event)) {
        return;
      }
      const Fact& fact = timeline_.facts[event];
      if (fact.kind == EventKind::applied) {
        apply(event, timeline_.holdings[fact.link]);
      } else if (fact.kind == EventKind::started) {
        for (const Index holding : timeline_.undone(event)) {
          undo(timeline_.holdings[holding].entry);
        }
      } else if (fact.kind == EventKind::audited) {
        check_audit(event);
      }
    }
  }

  void apply(Index event, const Holding& holding) {
    for (const Change& change : timeline_.changes(holding.entry)) {
      Money& to = rights_[cell(change.account, change.to)];
      to = wrapping_sum(to, change.amount);
      if (!change.moves_money()) {
        Money& from = rights_[cell(change.account, change.from)];
        from = wrapping_difference(from, change.amount);
        check_rights(event, holding, change, change.from);
      }
      check_rights(event, holding, change, change.to);
    }
  }

  void undo(Index entry) {
    for (const Change& change : timeline_.changes(entry)) {
      Money& to = rights_[cell(change.account, change.to)];
      to = wrapping_difference(to, change.amount);
      if (!change.moves_money()) {
        Money& from = rights_[cell(change.account, change.from)];
        from = wrapping_sum(from, change.amount);
      }
    }
  }

  void check_rights(Index event, const Holding& holding, const Change& change, Index origin) {
    const Money rights = rights_[cell(change.account, origin)];
    if (rights < Money{} && timeline_.accounts[change.account].of_bank) {
      const EntryFacts& entry = timeline_.entries[holding.entry];
      findings_.add(fmt::format("at {}, after {}, {} has rights to {} of account {}",
                                name_of(timeline_.branches[holding.branch].id), name_of(entry.id),
                                name_of(timeline_.origins[origin].id), to_string(rights),
                                timeline_.accounts[change.account].id.value),
                    {entry.first == event ? kNone : entry.first, event});
    }
  }

  void check_audit(Index event) {
    const auto& audited = timeline_.get<Audited>(event);
    const Index account = timeline_.account_numbers.find(audited.account);
    if (!timeline_.accounts[account].of_bank) {
      return;
    }
    said_.assign(timeline_.origins.size(), Money{});
    for (const Audited::Rights& rights : audited.rights) {
      Money& said = said_[timeline_.origin_number(rights.origin)];
      said = wrapping_sum(said, rights.rights);
    }
    Money all;
    for (Index origin = 0; origin < timeline_.origins.size(); ++origin) {
      const Money due = rights_[cell(account, origin)];
      all = wrapping_sum(all, due);
      if (said_[origin] != due) {
        findings_.add(fmt::format("{} says that {} has rights to {} of account {}, but what it "
                                  "has applied makes {}",
                                  name_of(audited.branch), name_of(timeline_.origins[origin].id),
                                  to_string(said_[origin]), audited.account.value, to_string(due)),
                      {event});
        return;
      }
    }
    const Money balance = wrapping_difference(all, timeline_.accounts[account].limit);
    if (audited.balance != balance) {
      findings_.add(fmt::format("{} has {} on account {}, but rights and limit make {}",
                                name_of(audited.branch), to_string(audited.balance),
                                audited.account.value, to_string(balance)),
                    {event});
    }
  }

  const Timeline& timeline_;
  std::vector<Money> initial_;  // by account, by origin
  std::vector<Money> rights_;   // the same, at the replica being checked
  std::vector<Money> said_;     // by origin, in one audit
  Findings findings_{"escrow-sums"};
};

}  // namespace

Verdict judge_escrow_sums(const Timeline& timeline, const Bounds& /*bounds*/) {
  return EscrowSums(timeline).judge();
}

}  // namespace passbook::history
