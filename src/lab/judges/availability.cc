// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"
#include "lab/judges/lows.h"

namespace passbook::history {
namespace {

/// Each branch's own rights to each account, according to its own list.
class OwnRights {
 public:
  explicit OwnRights(const Timeline& timeline)
      : timeline_(timeline), rights_(timeline.accounts.size() * timeline.branches.size()) {
    for (Index branch = 0; branch < timeline.of_bank; ++branch) {
      origins_.push_back(branch);
      for (Index account = 0; account < timeline.accounts.size(); ++account) {
        at(branch, account) = timeline.first_rights(timeline.accounts[account], branch);
      }
    }
    origins_.resize(timeline.branches.size(), kNone);
  }

  Money of(Index branch, Index account) const {
    return rights_[std::size_t{branch} * timeline_.accounts.size() + account];
  }

  /// Applies an entry's effect on the branch's rights.
  Money change(Index branch, const Change& change) const {
    const Index self = origins_[branch];
    const Money lost = change.from == self && !change.moves_money() ? change.amount : Money{};
    return wrapping_difference(change.to == self ? change.amount : Money{}, lost);
  }

  void apply(Index branch, Index entry) {
    for (const Change& each : timeline_.changes(entry)) {
      at(branch, each.account) = wrapping_sum(of(branch, each.account), change(branch, each));
    }
  }

  void start(Index branch, Index event) {
    for (const Index holding : timeline_.undone(event)) {
      for (const Change& each : timeline_.changes(timeline_.holdings[holding].entry)) {
        at(branch, each.account) =
            wrapping_difference(of(branch, each.account), change(branch, each));
      }
    }
    const Restart& restart = timeline_.restarts[timeline_.facts[event].link];
    if (!restart.same_disk) {
      for (Index account = 0; account < timeline_.accounts.size(); ++account) {
        at(branch, account) = Money{};
      }
    }
    origins_[branch] = restart.origin;
  }

 private:
  Money& at(Index branch, Index account) {
    return rights_[std::size_t{branch} * timeline_.accounts.size() + account];
  }

  const Timeline& timeline_;
  std::vector<Index> origins_;  // by branch: its current incarnation
  std::vector<Money> rights_;   // by branch and account
};

class Availability {
 public:
  Availability(const Timeline& timeline, const Bounds& bounds)
      : timeline_(timeline), bounds_(bounds), rights_(timeline) {}

  Verdict judge() {
    return judge_each_event(timeline_, EventKind::calm, findings_,
                            [&](Index event) { take(event); });
  }

 private:
  void take(Index event) {
    const Fact& fact = timeline_.facts[event];
    calm_ = disturbs(fact.kind) ? kNone : calm_;
    switch (fact.kind) {
      case EventKind::calm:
        begin(event);
        break;
      case EventKind::applied:
        apply(event, timeline_.holdings[fact.link]);
        break;
      case EventKind::answered:
        if (calm_ != kNone && fact.link != kNone) {
          check(timeline_.calls[fact.link], event);
        }
        break;
      case EventKind::started:
        rights_.start(fact.actor, event);
        disks_lost_ |= !timeline_.restarts[fact.link].same_disk || went_back(event);
        break;
      default:
        break;
    }
  }

  /// Whether a process began with fewer entries than its disk had had, so that entries that
  /// customers saw exist nowhere.
  bool went_back(Index event) const {
    return std::ranges::any_of(timeline_.undone(event), [&](Index holding) {
      return timeline_.holdings[holding].synced != kNone;
    });
  }

  void begin(Index event) {
    calm_ = event;
    const auto& parts = timeline_.get<Calm>(event).parts;
    parts_.assign(timeline_.branches.size(), kNone);
    sizes_.assign(parts.size(), 0);
    lows_.clear();
    for (Index part = 0; part < parts.size(); ++part) {
      for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
        if (std::ranges::binary_search(parts[part], timeline_.branches[branch].id)) {
          parts_[branch] = part;
          ++sizes_[part];
        }
      }
      for (Index account = 0; account < timeline_.accounts.size(); ++account) {
        lows_.emplace_back(rights_of(part, account));
      }
    }
  }

  Money rights_of(Index part, Index account) const {
    Money sum;
    for (Index branch = 0; branch < parts_.size(); ++branch) {
      sum = parts_[branch] == part ? wrapping_sum(sum, rights_.of(branch, account)) : sum;
    }
    return sum;
  }

  void apply(Index event, const Holding& holding) {
    if (calm_ != kNone && parts_[holding.branch] != kNone) {
      for (const Change& change : timeline_.changes(holding.entry)) {
        low(parts_[holding.branch], change.account)
            .change(event, rights_.change(holding.branch, change));
      }
    }
    rights_.apply(holding.branch, holding.entry);
  }

  Lows& low(Index part, Index account) {
    return lows_[std::size_t{part} * timeline_.accounts.size() + account];
  }

  void check(const Call& call, Index answered) {
    const Index part = parts_[call.branch];
    const bool settled =
        timeline_.at(answered) >= later(timeline_.at(calm_), bounds_.settling) && part != kNone;
    if (!settled || !timeline_.is_fair(call, bounds_.time_enough) || disks_lost_) {
      return;
    }
    const auto& answer = timeline_.get<Answered>(answered);
    if (!failed(answer.result)) {
      return;
    }
    if (must_be_done(call, part, answer.result)) {
      report(call, answered);
    } else {
      check_unreached(call, part, answered);
    }
  }

  bool is_whole(Index part) const { return sizes_[part] == timeline_.of_bank; }

  bool must_be_done(const Call& call, Index part, Result result) {
    if (is_whole(part)) {
      return true;
    }
    const Invoked& asked = timeline_.invoked(call);
    // The call must not depend on the past, and only branches of this part may have heard of the
    // request before.
    const Index home = timeline_.requests[call.request].home;
    if (asked.wanted != Wanted{} || parts_[home] != part) {
      return false;
    }
    // If too few branches can have the write, it stands unconfirmed. A slow clock may report that
    // too late.
    const bool stands = result == Result::unconfirmed || result == Result::unanswered;
    if (stands && is_write(asked.kind) && sizes_[part] < timeline_.wanted_holders(asked.level)) {
      return false;
    }
    return asked.kind != Kind::withdraw || can_pay(call, part);
  }

  /// Whether the branches of the part had enough rights all the time.
  bool can_pay(const Call& call, Index part) {
    const Invoked& asked = timeline_.invoked(call);
    const Index account = timeline_.account_numbers.find(asked.account);
    return low(part, account).since(std::max(call.invoked, calm_)) >= asked.amount;
  }

  void report(const Call& call, Index answered) {
    const Invoked& asked = timeline_.invoked(call);
    const auto& answer = timeline_.get<Answered>(answered);
    findings_.add(fmt::format("the {} by {} at {} is {}, although {} could reach every branch it "
                              "needed, and nothing had been disturbed for {} ms",
                              name_of(asked), name_of(asked.client), name_of(asked.branch),
                              name_of(answer.result), name_of(asked.branch),
                              milliseconds(timeline_.at(answered) - timeline_.at(calm_))),
                  {calm_, call.invoked, answered});
  }

  /// An answer must name only missing branches, and all of them if all were needed.
  void check_unreached(const Call& call, Index part, Index answered) {
    const Invoked& asked = timeline_.invoked(call);
    const auto& answer = timeline_.get<Answered>(answered);
    const bool says = answer.result == Result::unavailable ||
                      (answer.result == Result::unconfirmed && had_time(call, answered));
    if (!answer.unreached || !says) {
      return;
    }
    std::string wrong;
    for (Index branch = 0; branch < timeline_.of_bank; ++branch) {
      const bool named =
          std::ranges::binary_search(*answer.unreached, timeline_.branches[branch].id);
      const bool missing = parts_[branch] != part;
      if (named && !missing) {
        wrong += fmt::format("; it names {}, which can be reached",
                             name_of(timeline_.branches[branch].id));
      } else if (missing && !named && needs_all(asked, answer.result)) {
        wrong += fmt::format("; it does not name {}, which can't be reached",
                             name_of(timeline_.branches[branch].id));
      }
    }
    if (answer.unreached->empty()) {
      wrong += "; it names no unreachable branch";
    }
    if (!wrong.empty()) {
      findings_.add(fmt::format("the {} by {} at {} is {}{}", name_of(asked), name_of(asked.client),
                                name_of(asked.branch), name_of(answer.result), wrong),
                    {calm_, call.invoked, answered});
    }
  }

  /// Whether all reachable branches had time to confirm the write.
  bool had_time(const Call& call, Index answered) const {
    const Index entry = timeline_.requests[call.request].last_entry;
    const Index accepted = entry == kNone ? kNone : timeline_.entries[entry].accepted;
    return accepted != kNone &&
           timeline_.at(answered) >= later(timeline_.at(accepted), bounds_.time_enough);
  }

  /// Whether the answer must name every branch out of reach: lacking rights may lie at any of them.
  static bool needs_all(const Invoked& asked, Result result) {
    return asked.kind == Kind::withdraw && result == Result::unavailable &&
           asked.wanted == Wanted{};
  }

  const Timeline& timeline_;
  const Bounds bounds_;
  OwnRights rights_;
  bool disks_lost_ = false;
  Index calm_ = kNone;              // the Calm in force
  std::vector<Index> parts_;        // by branch
  std::vector<std::size_t> sizes_;  // by part
  std::vector<Lows> lows_;          // by part and account
  Findings findings_{"availability"};
};

}  // namespace

Verdict judge_availability(const Timeline& timeline, const Bounds& bounds) {
  return Availability(timeline, bounds).judge();
}

}  // namespace passbook::history
