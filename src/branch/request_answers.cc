// SPDX-License-Identifier: Apache-2.0
// Ends the requests in work: the answers, and when they are given.
#include <algorithm>
#include <utility>

#include "branch/requests.h"

namespace passbook {

void Requests::reply(CallId call, const Request& request, Answer answer, Effects& out) const {
  answer.clock = state_.clock().tick();
  if (options_.observe) {
    out.observations.emplace_back(
        Replied{request.id, request.operation, answer.outcome, answer.balance, answer.clock});
  }
  out.answers.push_back({call, std::move(answer)});
}

/// The origin of a write told the write's entry, which has arrived here, but its balance at the
/// time is forgotten. The balance of the first answer may depend on entries that are not here yet,
/// so the passbook would not vouch for it. Or the origin has ended, and did not accept this write.
void Requests::decided_elsewhere(WorkId id, PendingRequest& work, Effects& out) {
  const auto told = std::get<Asking>(work.stage).told;
  if (told && state_.applied().covers(*told)) {
    stands(id, work, *told, {.replayed = true}, out);
  } else if (state_.has_all_of(work.request.id.origin)) {
    finish(id, admission_.never(work.request), out);
  }
}

/// The write is in a log. It still waits until enough branches have it.
void Requests::stands(WorkId id, PendingRequest& work, EntryId entry, const Standing& how,
                      Effects& out) {
  Answer answer = standing_answer(work.request, entry);
  answer.balance = how.balance;
  answer.replayed = how.replayed;
  vouch(answer.passbook, state_);
  const bool enough = std::ranges::all_of(
      work.callers, [&](const Caller& each) { return wanted_holders(each.ack) == 1; });
  if (enough && entry.origin == state_.self()) {
    finish(id, answer, out);
  } else {
    enter(id, work, Confirming{.entry = entry, .answer = std::move(answer)});
  }
}

/// The answer for an accepted write, before the confirmations are added.
Answer Requests::standing_answer(const Request& request, EntryId entry) {
  Answer out{.outcome = Outcome::ok,
             .balance = {},
             .passbook = request.passbook,
             .unreached = {},
             .confirmed = 1,
             .entry = entry};
  out.passbook.writes.raise({entry, Tag{}});
  return out;
}

void Requests::answer_query(WorkId id, const PendingRequest& work, Effects& out) {
  Answer answer{.outcome = Outcome::ok,
                .balance = state_.ledger().find(account_of(work.request.operation))->balance(),
                .passbook = work.request.passbook,
                .unreached = {}};
  vouch(answer.passbook, state_);
  finish(id, answer, out);
}

bool Requests::refuse_short(const std::vector<Priority>& claims, Effects& out) {
  const std::size_t before = works_.size();
  for (const Priority claim : claims) {
    if (const auto found = by_claim_.find(claim); found != by_claim_.end()) {
      const WorkId id = found->second;
      std::get<Claiming>(works_.at(id).stage).proven_short = true;
      advance(id, out);
    }
  }
  return works_.size() < before;
}

std::size_t Requests::wanted_holders(AckLevel level) const {
  const std::size_t branches = topology_.branches().size();
  switch (level) {
    case AckLevel::local:
      return 1;
    case AckLevel::majority:
      return branches / 2 + 1;
    case AckLevel::all:
      break;
  }
  return branches;
}

/// Enough branches have a write for one of its callers.
void Requests::confirm(WorkId id, CallId call, Effects& out) {
  PendingRequest& work = works_.at(id);
  auto& [entry, answer] = std::get<Confirming>(work.stage);
  answer.confirmed = replication_.holders(entry);
  if (work.callers.size() == 1) {
    finish(id, Answer(answer), out);
  } else {
    leave(id, work, call, answer, out);
  }
}

/// Answers one of several calls for a request.
void Requests::leave(WorkId id, PendingRequest& work, CallId call, const Answer& answer,
                     Effects& out) {
  reply(call, work.request, answer, out);
  const auto caller = std::ranges::find(work.callers, call, &Caller::call);
  await_no_confirmation(id, work, *caller);
  deadlines_.erase({caller->answer_by, id, call});
  work.callers.erase(caller);
}

void Requests::acknowledge(Effects& out) {
  for (const WorkId id : std::exchange(ready_, {})) {
    answer_query(id, works_.at(id), out);
  }
  std::vector<std::pair<WorkId, CallId>> enough;
  for (const auto& [quorum, waiting] : unconfirmed_) {
    const Sequence held = replication_.held(quorum.origin, quorum.holders);
    for (const auto& [sequence, id, call] : waiting) {
      if (sequence > held) {
        break;
      }
      enough.emplace_back(id, call);
    }
  }
  for (const auto& [id, call] : enough) {
    confirm(id, call, out);
  }
}

/// Refuses a request. The balance is shown only if it includes the customer's own past. Final
/// decisions are remembered.
void Requests::refuse(WorkId id, Outcome outcome, std::vector<BranchId> unreached, Effects& out) {
  const PendingRequest& work = works_.at(id);
  Answer answer = refusing(work.request, outcome);
  answer.unreached = std::move(unreached);
  if (covered(work)) {
    state_.close();  // so that the passbook names exactly the entries in the balance
    answer.balance = state_.ledger().find(account_of(work.request.operation))->balance();
    vouch(answer.passbook, state_);
  }
  if (const auto change = change_of(work.request.operation); change && is_final(outcome)) {
    out.persist.emplace_back(state_.refuse({work.request.id, change, outcome}));
  }
  count_refusal(work, outcome);
  finish(id, answer, out);
}

void Requests::count_refusal(const PendingRequest& work, Outcome outcome) {
  auto& counters = escrow_.counters();
  if (outcome == Outcome::insufficient_funds) {
    ++counters.refused_with_proof;
  } else if (outcome == Outcome::unavailable &&
             std::holds_alternative<Withdrawal>(work.request.operation)) {
    const bool reached =
        escrow_.unreached(account_of(work.request.operation), state_, links_).empty();
    ++(reached && covered(work) ? counters.undecided_reachable : counters.undecided_unreached);
  }
}

void Requests::finish(WorkId id, const Answer& answer, Effects& out) {
  const auto found = works_.find(id);
  PendingRequest& work = found->second;
  for (const Caller& caller : work.callers) {
    reply(caller.call, work.request, answer, out);
    deadlines_.erase({caller.answer_by, id, caller.call});
  }
  unindex(id, work);
  if (change_of(work.request.operation)) {
    inquiries_.decided({work.request.id, answer.outcome, answer.entry, answer.balance, {}});
    writes_.erase(work.request.id);
  }
  in_work_.give_back(work.request.id.client.customer);
  works_.erase(found);
}

/// The answer at the deadline of an accepted write, or nothing if the write is not accepted.
std::optional<Answer> Requests::unconfirmed(const PendingRequest& work) const {
  if (const auto* confirming = std::get_if<Confirming>(&work.stage)) {
    Answer out = confirming->answer;
    out.outcome = Outcome::unconfirmed;
    out.confirmed = replication_.holders(confirming->entry);
    out.unreached = replication_.lacking(confirming->entry);
    return out;
  }
  const auto* asking = std::get_if<Asking>(&work.stage);
  if (asking == nullptr || !asking->told) {
    return std::nullopt;
  }
  Answer out = standing_answer(work.request, *asking->told);
  out.outcome = Outcome::unconfirmed;
  out.replayed = true;
  out.unreached = {topology_.self()};
  return out;
}

/// The deadline of all calls has come. Answers UNCONFIRMED if the write was accepted and UNKNOWN if
/// it may have been. Otherwise refuses the request.
void Requests::give_up(WorkId id, Effects& out) {
  const PendingRequest& work = works_.at(id);
  if (const auto stands = unconfirmed(work)) {
    finish(id, *stands, out);
    return;
  }
  if (may_stand_unseen(work.request)) {
    finish(id, unknown(work), out);
    return;
  }
  std::vector<BranchId> unreached = branches_of(state_.applied().missing(work.needed));
  if (unreached.empty() && std::holds_alternative<Withdrawal>(work.request.operation)) {
    unreached = escrow_.unreached(account_of(work.request.operation), state_, links_);
  }
  refuse(id, Outcome::unavailable, std::move(unreached), out);
}

/// The answer for a write that may still be accepted.
Answer Requests::unknown(const PendingRequest& work) const {
  Answer out = refusing(work.request, Outcome::unknown);
  if (elsewhere(work.request)) {
    out.unreached = {work.request.id.origin.branch};
  }
  return out;
}

/// In a large bank, entries that did not come through the neighbours are fetched from their origin,
/// and branches that do not report a write are called. This is not done while they make progress,
/// however slowly, since calls would add to the load of overloaded branches.
void Requests::look_for_help(Instant now) {
  std::map<Origin, Sequence> unconfirmed;
  std::set<Origin> missing;
  while (!help_at_.empty() && help_at_.front().first <= now) {
    const WorkId id = help_at_.front().second;
    help_at_.pop_front();
    const auto found = works_.find(id);
    if (found == works_.end()) {
      continue;
    }
    const PendingRequest& work = found->second;
    call_for_help_later(id, now);
    if (const auto* confirming = std::get_if<Confirming>(&work.stage)) {
      Sequence& latest = unconfirmed[confirming->entry.origin];
      latest = std::max(latest, work.wants_others() ? confirming->entry.sequence : Sequence{});
      continue;
    }
    for (const EntryId& position : state_.applied().missing(work.needed)) {
      missing.insert(position.origin);
    }
  }
  for (const Origin origin : missing) {
    if (replication_.stands_still(origin, now)) {
      links_.want(origin.branch, now);
    }
  }
  for (const auto& [origin, sequence] : unconfirmed) {
    for (const BranchId branch : replication_.stuck_before({origin, sequence}, now)) {
      links_.want(branch, now);
    }
  }
}

void Requests::call_for_help_later(WorkId id, Instant now) {
  const Instant at = now + patience_.for_calls();
  help_at_.emplace_back(help_at_.empty() ? at : std::max(at, help_at_.back().first), id);
}

bool Requests::expire(Instant now, Effects& out) {
  const std::size_t before = works_.size();
  while (!deadlines_.empty() && std::get<Instant>(*deadlines_.begin()) <= now) {
    const auto [at, id, call] = *deadlines_.begin();
    PendingRequest& work = works_.at(id);
    if (work.callers.size() == 1) {
      give_up(id, out);
    } else {
      leave(id, work, call, unconfirmed(work).value_or(unknown(work)), out);
    }
  }
  look_for_help(now);
  return works_.size() < before;
}

}  // namespace passbook
