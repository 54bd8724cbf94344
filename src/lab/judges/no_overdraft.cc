// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"
#include "lab/judges/replica_balances.h"

namespace passbook::history {
namespace {

class NoOverdraft {
 public:
  explicit NoOverdraft(const Timeline& timeline) : timeline_(timeline), balances_(timeline) {}

  Verdict judge() {
    for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
      check_replica(branch);
    }
    for (const Call& call : timeline_.calls) {
      check_answer(call);
    }
    return std::move(findings_).take();
  }

 private:
  void check_replica(Index branch) {
    balances_.reset();
    for (const Index event : timeline_.branches[branch].events) {
      if (findings_.full()) {
        return;
      }
      const Fact& fact = timeline_.facts[event];
      if (fact.kind == EventKind::applied) {
        balances_.follow(event);
        check_applied(branch, event);
      } else if (fact.kind == EventKind::started) {
        balances_.follow(event);
      } else if (fact.kind == EventKind::replied) {
        check_reply(branch, timeline_.replies[fact.link]);
      } else if (fact.kind == EventKind::audited) {
        const auto& audited = timeline_.get<Audited>(event);
        check(branch, audited.account, audited.balance, "shows", {event});
      }
    }
  }

  void check_applied(Index branch, Index event) {
    const auto& applied = timeline_.get<Applied>(event);
    bool first = true;
    for (const Change& change :
         timeline_.changes(timeline_.holdings[timeline_.facts[event].link].entry)) {
      const AccountId account = timeline_.accounts[change.account].id;
      const bool shown = first && check(branch, account, applied.balance, "shows", {event});
      if (!shown && change.moves_money() && timeline_.sees(branch, event)) {
        check(branch, account, balances_.of(change.account), "has", {event});
      }
      first = false;
    }
  }

  void check_reply(Index branch, const Reply& reply) {
    const auto& replied = timeline_.get<Replied>(reply.event);
    const RequestFacts& request = timeline_.requests[reply.request];
    const Index call = request.first_call;
    if (replied.balance && call != kNone && !timeline_.bodies_differ(request)) {
      const Index invoked = timeline_.calls[call].invoked;
      check(branch, timeline_.get<Invoked>(invoked).account, *replied.balance, "shows",
            {invoked, reply.event});
    }
  }

  /// Checks the balance of an answer whose reply the branch did not record.
  void check_answer(const Call& call) {
    if (call.answered == kNone || call.reply != kNone) {
      return;
    }
    if (const auto balance = timeline_.get<Answered>(call.answered).balance) {
      check(call.branch, timeline_.invoked(call).account, *balance, "shows",
            {call.invoked, call.answered});
    }
  }

  /// True if it is below the limit.
  bool check(Index branch, AccountId id, Money balance, std::string_view verb,
             std::initializer_list<Index> events) {
    const Index number = timeline_.account_numbers.find(id);
    if (number == kNone || !timeline_.accounts[number].of_bank) {
      return false;
    }
    const AccountFacts& account = timeline_.accounts[number];
    if (balance >= wrapping_difference(Money{}, account.limit)) {
      return false;
    }
    findings_.add(fmt::format("{} {} {} on account {}, whose limit is {}",
                              name_of(timeline_.branches[branch].id), verb, to_string(balance),
                              id.value, to_string(account.limit)),
                  events);
    return true;
  }

  const Timeline& timeline_;
  ReplicaBalances balances_;
  Findings findings_{"no-overdraft"};
};

}  // namespace

Verdict judge_no_overdraft(const Timeline& timeline, const Bounds& /*bounds*/) {
  return NoOverdraft(timeline).judge();
}

}  // namespace passbook::history
