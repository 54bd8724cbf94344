// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

class ExactlyOnce {
 public:
  explicit ExactlyOnce(const Timeline& timeline)
      : timeline_(timeline), twins_(timeline.has_twins()) {}

  Verdict judge() {
    for (const EntryFacts& entry : timeline_.entries) {
      const Index other = timeline_.unnoticed_conflict(entry);
      if (other != kNone) {
        findings_.add(fmt::format("{} stands for two different changes", name_of(entry.id)),
                      {timeline_.entries[other].first, entry.first});
      }
      if (entry.request != kNone) {
        check_asked_for(entry);
      }
    }
    for (Index request = 0; request < timeline_.requests.size() && !findings_.full(); ++request) {
      if (disputed(request)) {
        continue;
      }
      check_single(request);
      check_refused(request);
      check_same_answer(request);
    }
    for (const Call& call : timeline_.calls) {
      if (call.answered != kNone && !findings_.full()) {
        check_answer(call);
      }
    }
    return std::move(findings_).take();
  }

 private:
  /// Whether one of its entries is disputed, or, in a bank with a second process, nobody has it any
  /// more.
  bool disputed(Index request) const {
    Index entry = timeline_.requests[request].last_entry;
    while (entry != kNone && !timeline_.disputed(timeline_.entries[entry]) &&
           !(twins_ && timeline_.no_living_replica_has(entry))) {
      entry = timeline_.entries[entry].next_of_request;
    }
    return entry != kNone;
  }

  bool fulfils(Index entry, const Invoked& asked) const {
    const auto& legs = timeline_.get<Applied>(timeline_.entries[entry].first).legs;
    const auto* money = legs.size() == 1 ? std::get_if<MoneyLeg>(&legs.front()) : nullptr;
    const Money change =
        asked.kind == Kind::deposit ? asked.amount : wrapping_difference(Money{}, asked.amount);
    return money != nullptr && is_write(asked.kind) && money->account == asked.account &&
           money->change == change;
  }

  /// An entry must be a write that someone had asked for before.
  void check_asked_for(const EntryFacts& entry) {
    const RequestFacts& request = timeline_.requests[entry.request];
    const auto number = static_cast<Index>(&entry - timeline_.entries.data());
    const std::string name = name_of(timeline_.request_ids[entry.request]);
    if (timeline_.request_ids[entry.request].origin != entry.id.origin) {
      findings_.add(fmt::format("{} is for {}", name_of(entry.id), name), {entry.first});
    }
    if (request.first_call == kNone || timeline_.calls[request.first_call].invoked > entry.first) {
      if (timeline_.client_calls[request.owner]) {
        findings_.add(fmt::format("{} is for {}, which nobody had made", name_of(entry.id), name),
                      {entry.first});
      }
      return;
    }
    for (Index call = request.last_call; call != kNone; call = timeline_.calls[call].previous) {
      if (timeline_.calls[call].invoked < entry.first &&
          fulfils(number, timeline_.invoked(timeline_.calls[call]))) {
        return;
      }
    }
    const Call& first = timeline_.calls[request.first_call];
    findings_.add(fmt::format("{} is not the {} that {} asked for", name_of(entry.id),
                              name_of(timeline_.invoked(first)), name),
                  {first.invoked, entry.first});
  }

  /// At most one entry of a request remains anywhere.
  void check_single(Index request) {
    Index later = kNone;
    for (Index entry = timeline_.requests[request].last_entry; entry != kNone;
         entry = timeline_.entries[entry].next_of_request) {
      if (timeline_.no_replica_has(entry)) {
        continue;
      }
      if (later != kNone && timeline_.entries[later].id != timeline_.entries[entry].id) {
        const EntryFacts& first = timeline_.entries[entry];
        const EntryFacts& second = timeline_.entries[later];
        findings_.add(fmt::format("{} took effect twice, as {} and as {}",
                                  name_of(timeline_.request_ids[request]), name_of(first.id),
                                  name_of(second.id)),
                      {first.first, second.first});
      }
      later = entry;
    }
  }

  /// A request refused for ever has no effect, whatever other calls there were. Only a branch that
  /// lost its disk and began again as the same origin, or a second process of it, may not know.
  void check_refused(Index request) {
    const RequestFacts& facts = timeline_.requests[request];
    for (Index number = facts.last_call; number != kNone;
         number = timeline_.calls[number].previous) {
      const Call& call = timeline_.calls[number];
      const Index entry = call.answered == kNone ? kNone : contradicted_by(call, facts);
      if (entry != kNone && !unaware(call, entry)) {
        findings_.add(fmt::format("{} was refused as {}, but took effect as {}",
                                  name_of(timeline_.request_ids[request]),
                                  name_of(timeline_.get<Answered>(call.answered).result),
                                  name_of(timeline_.entries[entry].id)),
                      {std::min(timeline_.entries[entry].first, call.answered),
                       std::max(timeline_.entries[entry].first, call.answered)});
        return;
      }
    }
  }

  /// Whether the process that accepted the entry can't have known of the refusal, or the one that
  /// refused can't have known of the entry. If a branch has two processes, others may have asked
  /// either.
  bool unaware(const Call& call, Index entry) const {
    const EntryFacts& facts = timeline_.entries[entry];
    const Index accepted_at = timeline_.facts[facts.first].actor;
    const OriginFacts& origin = timeline_.origins[facts.origin];
    const bool two = std::ranges::any_of(timeline_.branches, [&](const BranchFacts& branch) {
      return branch.twin_of == origin.branch;
    });
    return (call.answered < origin.lost_from && origin.lost_from < facts.first) ||
           (two && call.branch != accepted_at);
  }

  /// An entry that contradicts the answer to a call, which said that there is none and never will
  /// be, or that there was none yet.
  Index contradicted_by(const Call& call, const RequestFacts& facts) const {
    const Result result = timeline_.get<Answered>(call.answered).result;
    const Invoked& asked = timeline_.invoked(call);
    const bool for_this_body = result == Result::insufficient_funds || result == Result::overflow;
    const bool not_yet = is_write(asked.kind) && call.branch == facts.home &&
                         (result == Result::unavailable || result == Result::disk_full ||
                          result == Result::lost_write || result == Result::resource_exhausted);
    for (Index entry = facts.last_entry; entry != kNone;
         entry = timeline_.entries[entry].next_of_request) {
      const bool wrong = result == Result::abandoned || result == Result::wrong_origin ||
                         (for_this_body && fulfils(entry, asked)) ||
                         (not_yet && timeline_.entries[entry].first < call.invoked);
      if (wrong && !timeline_.no_replica_has(entry)) {
        return entry;
      }
    }
    return kNone;
  }

  /// The branch that accepted a write always gives the same answer about it.
  void check_same_answer(Index request) {
    const RequestFacts& facts = timeline_.requests[request];
    const Call* later = nullptr;
    for (Index number = facts.last_call; number != kNone;
         number = timeline_.calls[number].previous) {
      const Call& call = timeline_.calls[number];
      if (call.answered == kNone || call.reply == kNone || call.branch != facts.home ||
          !is_write(timeline_.invoked(call).kind) ||
          !stands(timeline_.get<Answered>(call.answered).result)) {
        continue;
      }
      if (later != nullptr) {
        compare(call, *later);
      }
      later = &call;
    }
  }

  void compare(const Call& first, const Call& second) {
    const auto& one = timeline_.get<Answered>(first.answered);
    const auto& other = timeline_.get<Answered>(second.answered);
    const Index origin = timeline_.replies[first.reply].origin;
    if (one.balance != other.balance && timeline_.origins[origin].lost_from > second.answered &&
        timeline_.replies[first.reply].origin == timeline_.replies[second.reply].origin) {
      findings_.add(fmt::format("{} is answered with {} and then with {}", name_of(one.request),
                                name_of(one.balance), name_of(other.balance)),
                    {first.answered, second.answered});
    }
  }

  void check_answer(const Call& call) {
    const auto& answer = timeline_.get<Answered>(call.answered);
    const Invoked& asked = timeline_.invoked(call);
    if (answer.result == Result::request_id_reused) {
      check_reused(call, answer, asked);
    } else if (is_write(asked.kind) && stands(answer.result)) {
      check_stands(call, answer, asked);
    }
  }

  void check_reused(const Call& call, const Answered& answer, const Invoked& asked) {
    const Index owner = timeline_.requests[call.request].owner;
    if (!timeline_.client_calls[owner]) {
      return;
    }
    for (Index other = timeline_.requests[call.request].last_call; other != kNone;
         other = timeline_.calls[other].previous) {
      if (timeline_.calls[other].invoked < call.answered &&
          !same_body(timeline_.invoked(timeline_.calls[other]), asked)) {
        return;
      }
    }
    findings_.add(
        fmt::format("{} was told that the id of {} was reused, but every call with it was the same",
                    name_of(answer.client), name_of(answer.request)),
        {call.invoked, call.answered});
  }

  void check_stands(const Call& call, const Answered& answer, const Invoked& asked) {
    const RequestFacts& request = timeline_.requests[call.request];
    Index other = kNone;
    for (Index entry = request.last_entry; entry != kNone;
         entry = timeline_.entries[entry].next_of_request) {
      if (timeline_.entries[entry].first > call.answered) {
        continue;
      }
      if (fulfils(entry, asked)) {
        return;
      }
      other = timeline_.entries[entry].first;
    }
    if (other == kNone && timeline_.branches[request.home].blind_from != kNone) {
      return;
    }
    findings_.add(fmt::format("{} was told {} for the {} of {}, but no such entry exists",
                              name_of(answer.client), name_of(answer.result), name_of(asked),
                              name_of(answer.request)),
                  {call.invoked, other, call.answered});
  }

  const Timeline& timeline_;
  bool twins_;
  Findings findings_{"exactly-once"};
};

}  // namespace

Verdict judge_exactly_once(const Timeline& timeline, const Bounds& /*bounds*/) {
  return ExactlyOnce(timeline).judge();
}

}  // namespace passbook::history
