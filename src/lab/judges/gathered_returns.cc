// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

/// The rights to one account at one branch.
struct Purse {
  Money gathered;         ///< grants received while it had claims, less grants given
  Index open = 0;         ///< calls under way for withdrawals that name the branch
  Index closed = kNone;   ///< the event that ended the last of these calls
  Instant counts_from{};  ///< soon after a payout, it may receive rights in reserve
};

class GatheredReturns {
 public:
  GatheredReturns(const Timeline& timeline, const Bounds& bounds)
      : timeline_(timeline),
        bounds_(bounds),
        purses_(timeline.accounts.size() * timeline.branches.size()) {}

  Verdict judge() {
    return judge_each_event(timeline_, EventKind::calm, findings_,
                            [&](Index event) { take(event); });
  }

 private:
  void take(Index event) {
    const Fact& fact = timeline_.facts[event];
    if (disturbs(fact.kind) || fact.kind == EventKind::ended) {
      look(event);
      calm_ = kNone;
    }
    switch (fact.kind) {
      case EventKind::calm:
        look(event);
        begin(event);
        break;
      case EventKind::invoked:
        count(timeline_.calls[fact.link], event, 1);
        break;
      case EventKind::answered:
        if (fact.link != kNone) {
          count(timeline_.calls[fact.link], event, -1);
        }
        break;
      case EventKind::applied:
        apply(event, timeline_.holdings[fact.link]);
        break;
      default:
        break;
    }
  }

  /// Rights come back from every branch only if all can talk to each other.
  void begin(Index event) {
    const auto& parts = timeline_.get<Calm>(event).parts;
    const bool whole = parts.size() == 1 && parts[0].size() == timeline_.of_bank;
    calm_ = whole ? event : kNone;
    for (Purse& purse : purses_) {
      purse.gathered = Money{};
    }
  }

  void count(const Call& call, Index event, int by) {
    const Invoked& asked = timeline_.invoked(call);
    const Index account = timeline_.account_numbers.find(asked.account);
    if (asked.kind != Kind::withdraw || account == kNone) {
      return;
    }
    for (const Index branch : {timeline_.requests[call.request].home, call.branch}) {
      if (branch != kNone) {
        Purse& purse = at(branch, account);
        purse.open = by > 0 ? purse.open + 1 : purse.open - 1;
        purse.closed = purse.open == 0 ? event : kNone;
      }
    }
  }

  void apply(Index event, const Holding& holding) {
    const bool settled =
        calm_ != kNone && timeline_.at(event) >= later(timeline_.at(calm_), bounds_.settling);
    for (const Change& change : timeline_.changes(holding.entry)) {
      Purse& purse = at(holding.branch, change.account);
      if (change.moves_money()) {
        if (holding.accepted && change.amount < Money{}) {
          purse.gathered = Money{};
          purse.counts_from = later(timeline_.at(event), bounds_.time_enough);
        }
      } else if (!settled || timeline_.at(event) < purse.counts_from) {
        continue;
      } else if (is_of(change.from, holding.branch)) {
        purse.gathered = wrapping_difference(purse.gathered, change.amount);
      } else if (is_of(change.to, holding.branch) && purse.open > 0) {
        purse.gathered = wrapping_sum(purse.gathered, change.amount);
      }
    }
  }

  bool is_of(Index origin, Index branch) const {
    return timeline_.origins[origin].branch == branch;
  }

  /// Judges each branch's rights when its claims have been over for a while.
  void look(Index event) {
    for (Index branch = 0; calm_ != kNone && branch < timeline_.of_bank; ++branch) {
      for (Index account = 0; account < timeline_.accounts.size(); ++account) {
        const Purse& purse = at(branch, account);
        const bool over =
            purse.open == 0 && purse.closed != kNone &&
            timeline_.at(event) >= later(timeline_.at(purse.closed), bounds_.time_enough);
        if (over && purse.gathered > Money{}) {
          findings_.add(
              fmt::format(
                  "{} was given rights to {} of account {} for withdrawals that it refused, "
                  "and kept them",
                  name_of(timeline_.branches[branch].id), name_of(purse.gathered),
                  timeline_.accounts[account].id.value),
              {calm_, purse.closed, event});
        }
      }
    }
  }

  Purse& at(Index branch, Index account) {
    return purses_[std::size_t{branch} * timeline_.accounts.size() + account];
  }

  const Timeline& timeline_;
  const Bounds& bounds_;
  std::vector<Purse> purses_;  // by branch and account
  Index calm_ = kNone;
  Findings findings_{"gathered-returns"};
};

}  // namespace

Verdict judge_gathered_returns(const Timeline& timeline, const Bounds& bounds) {
  return GatheredReturns(timeline, bounds).judge();
}

}  // namespace passbook::history
