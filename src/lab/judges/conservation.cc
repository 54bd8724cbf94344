// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"
#include "lab/judges/replica_balances.h"

namespace passbook::history {
namespace {

class Conservation {
 public:
  explicit Conservation(const Timeline& timeline) : timeline_(timeline), balances_(timeline) {}

  Verdict judge() {
    check_contents();
    for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
      check_replica(branch);
    }
    for (const Call& call : timeline_.calls) {
      check_answer(call);
    }
    return std::move(findings_).take();
  }

 private:
  void check_contents() {
    for (const EntryFacts& entry : timeline_.entries) {
      const Index other = timeline_.unnoticed_conflict(entry);
      if (other != kNone) {
        findings_.add(fmt::format("{} is not the same everywhere", name_of(entry.id)),
                      {timeline_.entries[other].first, entry.first});
      }
    }
  }

  void check_replica(Index branch) {
    balances_.reset();
    for (const Index event : timeline_.branches[branch].events) {
      if (findings_.full() || !timeline_.sees(branch, event)) {
        return;
      }
      const Fact& fact = timeline_.facts[event];
      balances_.follow(event);
      if (fact.kind == EventKind::applied) {
        check_applied(event);
      } else if (fact.kind == EventKind::replied) {
        check_reply(timeline_.replies[fact.link]);
      }
    }
  }

  void check_applied(Index event) {
    const auto& applied = timeline_.get<Applied>(event);
    const auto changes = timeline_.changes(timeline_.holdings[timeline_.facts[event].link].entry);
    for (const Change& change : changes) {
      if (!timeline_.accounts[change.account].of_bank) {
        findings_.add(
            fmt::format("{} changes account {}, which the bank does not have",
                        name_of(applied.entry), timeline_.accounts[change.account].id.value),
            {event});
        return;
      }
    }
    if (changes.empty()) {
      return;
    }
    const Money due = balances_.of(changes.front().account);
    if (applied.balance != due) {
      findings_.add(
          fmt::format("{} has {} on account {} after {}, but what it has applied makes {}",
                      name_of(applied.branch), to_string(applied.balance),
                      timeline_.accounts[changes.front().account].id.value, name_of(applied.entry),
                      to_string(due)),
          {event});
    }
  }

  void check_reply(const Reply& reply) {
    const auto& replied = timeline_.get<Replied>(reply.event);
    const RequestFacts& request = timeline_.requests[reply.request];
    if (!replied.balance || request.first_call == kNone) {
      return;
    }
    const Call& call = timeline_.calls[request.first_call];
    if (call.invoked > reply.event || timeline_.bodies_differ(request)) {
      return;
    }
    const Invoked& asked = timeline_.invoked(call);
    if (is_write(asked.kind) && stands(replied.result)) {
      check_write_reply(reply, replied);
      return;
    }
    const Index account = timeline_.account_numbers.find(asked.account);
    const Money due = account == kNone ? Money{} : balances_.of(account);
    if (account != kNone && *replied.balance != due &&
        !(is_write(asked.kind) && repeats_refusal(reply, replied))) {
      findings_.add(fmt::format("{} shows {} on account {}, but what it has applied makes {}",
                                name_of(replied.branch), to_string(*replied.balance),
                                asked.account.value, to_string(due)),
                    {call.invoked, reply.event});
    }
  }

  /// A write shows the balance right after it, at the branch that accepted it or at the one that
  /// replies. The named branch repeats its first answer.
  void check_write_reply(const Reply& reply, const Replied& replied) {
    const RequestFacts& request = timeline_.requests[reply.request];
    bool known = false;
    Index last = kNone;
    for (Index entry = request.last_entry; entry != kNone;
         entry = timeline_.entries[entry].next_of_request) {
      for (const Index number : timeline_.holders(entry)) {
        const Holding& holding = timeline_.holdings[number];
        if (holding.event > reply.event ||
            (timeline_.named(holding.branch) != request.home && holding.branch != reply.branch)) {
          continue;
        }
        last = holding.event;
        known = known || (timeline_.get<Applied>(holding.event).balance == *replied.balance &&
                          counts_at_home(reply, request, holding, entry));
      }
    }
    if (last != kNone && !known) {
      findings_.add(fmt::format("{} shows {} for {}, which is not the balance after it",
                                name_of(replied.branch), to_string(*replied.balance),
                                name_of(replied.request)),
                    {last, reply.event});
    }
  }

  /// The incarnation that accepted an entry always answers with the balance of that moment.
  bool counts_at_home(const Reply& reply, const RequestFacts& request, const Holding& holding,
                      Index entry) const {
    const EntryFacts& facts = timeline_.entries[entry];
    if (reply.branch != request.home || reply.origin != facts.origin) {
      return true;
    }
    return holding.gone == kNone || holding.gone > reply.event;
  }

  /// A refusal is repeated with the balance that it showed, at the named branch and at branches
  /// that ask it.
  bool repeats_refusal(const Reply& reply, const Replied& replied) const {
    const Index home = timeline_.requests[reply.request].home;
    if (reply.branch != home && timeline_.branches[home].blind_from != kNone) {
      return true;
    }
    for (Index number = reply.previous; number != kNone;
         number = timeline_.replies[number].previous) {
      const Reply& earlier = timeline_.replies[number];
      const auto& said = timeline_.get<Replied>(earlier.event);
      if ((timeline_.named(earlier.branch) == home || earlier.branch == reply.branch) &&
          said.result == replied.result && said.balance == replied.balance) {
        return true;
      }
    }
    return false;
  }

  /// The called branch made the answer that a client gets.
  void check_answer(const Call& call) {
    if (findings_.full() || call.answered == kNone || call.reply != kNone ||
        timeline_.branches[call.branch].events.empty()) {
      return;
    }
    const auto& answer = timeline_.get<Answered>(call.answered);
    if (!answer.balance) {
      return;
    }
    for (Index reply = timeline_.requests[call.request].last_reply; reply != kNone;
         reply = timeline_.replies[reply].previous) {
      const Reply& made = timeline_.replies[reply];
      if (made.event < call.answered && made.branch == call.branch &&
          timeline_.get<Replied>(made.event).balance == answer.balance) {
        return;
      }
    }
    findings_.add(fmt::format("{} is shown {} for {}, which {} never said", name_of(answer.client),
                              to_string(*answer.balance), name_of(answer.request),
                              name_of(timeline_.branches[call.branch].id)),
                  {call.invoked, call.answered});
  }

  const Timeline& timeline_;
  ReplicaBalances balances_;
  Findings findings_{"conservation"};
};

}  // namespace

Verdict judge_conservation(const Timeline& timeline, const Bounds& /*bounds*/) {
  return Conservation(timeline).judge();
}

}  // namespace passbook::history
