// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"
#include "lab/judges/lows.h"

namespace passbook::history {
namespace {

class NoFalseRefusal {
 public:
  explicit NoFalseRefusal(const Timeline& timeline) : timeline_(timeline) {}

  Verdict judge() {
    if (!timeline_.sees_all()) {
      return {};  // a branch may have paid out money without a record
    }
    for (const AccountFacts& account : timeline_.accounts) {
      lows_.emplace_back(account.opening);
    }
    find_lost_disks();
    find_changes();
    auto change = changes_.begin();
    for (const Reply& reply : timeline_.replies) {
      for (; change != changes_.end() && change->event <= reply.event; ++change) {
        lows_[change->account].change(change->event, change->by);
      }
      if (timeline_.get<Replied>(reply.event).result == Result::insufficient_funds &&
          !findings_.full()) {
        check(reply);
      }
    }
    return std::move(findings_).take();
  }

 private:
  /// The whole bank's money in an account changes at an event.
  struct Flow {
    Index event = kNone;
    Index account = kNone;
    Money by;
  };

  void find_lost_disks() {
    disks_lost_.resize(timeline_.branches.size());
    for (Index event = 0; event < timeline_.event_count(); ++event) {
      if (timeline_.facts[event].kind == EventKind::disk_lost) {
        disks_lost_[timeline_.facts[event].actor].push_back(event);
      }
    }
  }

  /// If an entry may be lost, the bank counts as having had less rather than more.
  void find_changes() {
    for (Index entry = 0; entry < timeline_.entries.size(); ++entry) {
      const bool lasts = !timeline_.no_replica_has(entry);
      const EntryFacts& facts = timeline_.entries[entry];
      for (const Change& change : timeline_.changes(entry)) {
        if (!change.moves_money()) {
          continue;
        }
        const bool comes_in = change.amount > Money{};
        const Index begin = comes_in ? durable_from(entry) : facts.first;
        const Index end = lasts ? kNone : comes_in ? lost_at(entry) : forgotten_at(entry);
        if (end > begin) {
          changes_.push_back({begin, change.account, change.amount});
        }
        if (end != kNone && end > begin) {
          changes_.push_back({end, change.account, wrapping_difference(Money{}, change.amount)});
        }
      }
    }
    std::ranges::stable_sort(changes_, {}, &Flow::event);
  }

  /// A deposit counts from its final acceptance, after which it was not forgotten.
  Index durable_from(Index entry) const {
    Index begin = timeline_.entries[entry].first;
    for (const Index number : timeline_.holders(entry)) {
      const Holding& holding = timeline_.holdings[number];
      if (holding.accepted) {
        begin = holding.event;
      }
      if (holding.synced != kNone || holding.gone == kNone) {
        break;
      }
    }
    return begin;
  }

  /// A deposit that exists nowhere in the end counts until its origin's disk was lost. If no disk
  /// was lost it was never durable, and never counts.
  Index lost_at(Index entry) const {
    const bool durable = std::ranges::any_of(timeline_.holders(entry), [&](Index number) {
      return timeline_.holdings[number].synced != kNone;
    });
    if (!durable) {
      return 0;
    }
    const EntryFacts& facts = timeline_.entries[entry];
    const std::vector<Index>& lost = disks_lost_[timeline_.origins[facts.origin].branch];
    const auto next = std::ranges::upper_bound(lost, facts.first);
    return next == lost.end() ? 0 : *next;
  }

  /// A withdrawal that was forgotten before it was on any disk counts until then. One that was lost
  /// with a disk may have paid out its money, and always counts.
  Index forgotten_at(Index entry) const {
    Index last = 0;
    for (const Index number : timeline_.holders(entry)) {
      const Holding& holding = timeline_.holdings[number];
      if (holding.synced != kNone) {
        return kNone;
      }
      last = std::max(last, holding.gone);
    }
    return last;
  }

  void check(const Reply& reply) {
    Index number = timeline_.requests[reply.request].last_call;
    const Call* last = nullptr;
    for (; number != kNone; number = timeline_.calls[number].previous) {
      const Call& call = timeline_.calls[number];
      if (call.invoked < reply.event) {
        last = &call;
        if (lacked(call)) {
          return;
        }
      }
    }
    if (last == nullptr || !timeline_.owner_calls(timeline_.requests[reply.request])) {
      return;
    }
    const Invoked& asked = timeline_.invoked(*last);
    const AccountFacts& account = timeline_.accounts[timeline_.account_numbers.find(asked.account)];
    const Money lowest = lowest_since(*last);
    findings_.add(fmt::format("{} refuses a {}, although the account never held less than {} "
                              "in that time, limit {}",
                              name_of(timeline_.branches[reply.branch].id), name_of(asked),
                              to_string(lowest), to_string(account.limit)),
                  {last->invoked, reply.event});
  }

  Money lowest_since(const Call& call) const {
    const Index account = timeline_.account_numbers.find(timeline_.invoked(call).account);
    const Index first = timeline_.requests[call.request].first_call;
    return lows_[account].since(timeline_.calls[first].invoked);
  }

  /// Whether the bank lacked the amount at some moment since the request was first made.
  bool lacked(const Call& call) const {
    const Invoked& asked = timeline_.invoked(call);
    const Index account = timeline_.account_numbers.find(asked.account);
    if (account == kNone || !timeline_.accounts[account].of_bank) {
      return true;  // the account is unknown
    }
    if (asked.kind != Kind::withdraw) {
      return false;
    }
    const auto all = checked_add(lowest_since(call), timeline_.accounts[account].limit);
    return all && *all < asked.amount;
  }

  const Timeline& timeline_;
  std::vector<Flow> changes_;
  std::vector<Lows> lows_;                      // by account
  std::vector<std::vector<Index>> disks_lost_;  // by branch: when
  Findings findings_{"no-false-refusal"};
};

}  // namespace

Verdict judge_no_false_refusal(const Timeline& timeline, const Bounds& /*bounds*/) {
  return NoFalseRefusal(timeline).judge();
}

}  // namespace passbook::history
