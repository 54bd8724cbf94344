// SPDX-License-Identifier: Apache-2.0
#include "branch/requests.h"

#include <algorithm>

#include "base/check.h"
#include "base/random.h"

namespace passbook {
namespace {

/// A customer's clock counts up to this value. It is far above any honest clock, and far below the
/// end of the branches' clocks.
constexpr Stamp kHighestCustomerStamp{std::uint64_t{1} << 48U};

Outcome outcome_of(ChangeRefusal refusal) {
  switch (refusal) {
    case ChangeRefusal::unknown_account:
      return Outcome::unknown_account;
    case ChangeRefusal::bad_amount:
      return Outcome::bad_amount;
    case ChangeRefusal::overflow:
      return Outcome::overflow;
    case ChangeRefusal::lacks_rights:
      break;
  }
  check_failed(__FILE__, __LINE__, "rights", "a write is accepted only when its rights are here");
}

/// Copies a customer's answer into the reply to a branch that asks.
void take_over(const Answer& answer, OutcomeReply& reply) {
  reply.outcome = answer.outcome;
  reply.incarnation = answer.incarnation;
  reply.opens_at = answer.opens_at;
}

}  // namespace

Requests::Requests(const Topology& topology, const BranchOptions& options, BankId bank,
                   State& state, const Calendar& calendar, const Readiness& readiness, Links& links,
                   const Patience& patience, Replication& replication, Escrow& escrow)
    : topology_(topology),
      options_(options),
      admission_(topology, options, bank, state, calendar),
      waiting_(options.most_waiting),
      in_work_(options.most_in_work),
      state_(state),
      readiness_(readiness),
      links_(links),
      patience_(patience),
      replication_(replication),
      escrow_(escrow),
      inquiries_(topology, options) {}

void Requests::arrive(Called called, Instant now, Effects& out) {
  Request& request = called.request;
  const Stamp clock = state_.clock().receive(std::min(request.clock, kHighestCustomerStamp));
  if (options_.observe) {
    out.observations.emplace_back(
        RequestSeen{request.id, request.operation, called.deadline, request.clock, clock});
  }
  const bool gives_up = std::holds_alternative<Abandon>(request.operation);
  if (gives_up && request.id.origin == state_.self()) {
    give_up_id(called, out);
    return;
  }
  if (auto answer = admission_.decide(request, in_work(request.id))) {
    reply(called.call, request, as_far_as_known(request, *std::move(answer)), out);
    return;
  }
  const Instant deadline = std::min(called.deadline, now + options_.longest_request);
  const Duration margin = std::min((deadline - now) / 10, options_.margin_most);
  if (join(called, deadline - margin)) {
    return;
  }
  if (const CustomerId by = request.id.client.customer;
      (!waiting_.has_left_for(by) || !in_work_.has_left_for(by)) && !stands_already(request)) {
    Answer answer = as_far_as_known(request, refusing(request, Outcome::resource_exhausted));
    answer.retry_after = pause(request.id);
    reply(called.call, request, std::move(answer), out);
    return;
  }
  advance(begin(called, deadline - margin, now), out);
}

/// Whether the outcome of a write is known. If so, no answer may say that it has had no effect so
/// far.
bool Requests::stands_already(const Request& request) const {
  return !std::holds_alternative<Query>(request.operation) && state_.find(request.id) != nullptr;
}

/// Only its origin may say that a write has had no effect so far, and only if it knows its whole
/// log. Otherwise the answer says that the outcome is not known here.
Answer Requests::as_far_as_known(const Request& request, Answer answer) const {
  const bool so_far = answer.outcome == Outcome::lost_write ||
                      answer.outcome == Outcome::session_too_new ||
                      answer.outcome == Outcome::resource_exhausted;
  if (so_far && may_stand_unseen(request)) {
    answer.outcome = Outcome::unknown;
  }
  return answer;
}

/// How long a refused customer should wait, varied so that not all retry together.
Duration Requests::pause(const RequestId& id) const {
  constexpr std::uint64_t kLeast = 50;
  Random jitter(id.client.session ^ (id.number << 32U) ^ state_.clock().last().value);
  return std::chrono::milliseconds(kLeast + jitter.below(4 * kLeast));
}

/// The write in work with that id, or null.
const Request* Requests::in_work(const RequestId& id) const {
  const auto found = writes_.find(id);
  return found == writes_.end() ? nullptr : &works_.at(found->second).request;
}

void Requests::outcome_asked(BranchId by, const OutcomeRequest& asked, Effects& out) {
  const Request* same = in_work(asked.request);
  const Request unseen{
      .id = asked.request, .operation = Abandon{}, .passbook = {}, .bank = {}, .guarantees = {}};
  OutcomeReply reply{
      .request = asked.request, .outcome = Outcome::unknown, .question = asked.question};
  if (const auto known = admission_.outcome_of(asked, same)) {
    reply = *known;
  } else if (asked.request.origin != state_.self()) {
    if (state_.has_all_of(asked.request.origin)) {
      take_over(admission_.never(unseen), reply);
    }
  } else if (same != nullptr && asked.change) {
    inquiries_.awaited(asked, by);
    return;
  } else {
    take_over(abandon(same ? *same : unseen, asked.change, out), reply);
  }
  inquiries_.tell(by, reply);
}

/// Decides that a still undecided write never takes effect, even if calls of it are still on their
/// way. If that can't be decided, returns the answer to give instead.
Answer Requests::abandon(const Request& request, const std::optional<Change>& change,
                         Effects& out) {
  if (!readiness_.takes_writes()) {
    return refusing(request, Outcome::unknown);  // this branch's log may have more than is here
  }
  if (auto old = admission_.not_new(request)) {
    return *std::move(old);
  }
  const Answer abandoned = refusing(request, Outcome::abandoned);
  out.persist.emplace_back(state_.refuse({request.id, change, Outcome::abandoned}));
  if (const auto work = writes_.find(request.id); work != writes_.end()) {
    finish(work->second, refusing(works_.at(work->second).request, Outcome::abandoned), out);
  }
  return abandoned;
}

/// Handles a customer who gives up a write that belongs here.
void Requests::give_up_id(const Called& called, Effects& out) {
  const Request& request = called.request;
  const Request* same = in_work(request.id);
  Answer answer = refusing(request, Outcome::abandoned);
  if (const auto known = admission_.outcome_of({request.id, {}, {}, {}}, same)) {
    if (known->entry) {
      answer = standing_answer(request, *known->entry);
      answer.confirmed = replication_.holders(*known->entry);
      vouch(answer.passbook, state_);
    }
    answer.outcome = known->outcome;
    answer.balance = known->balance;
    answer.replayed = true;
  } else {
    answer = abandon(same ? *same : request, same ? change_of(same->operation) : std::nullopt, out);
  }
  reply(called.call, request, std::move(answer), out);
}

void Requests::outcome_told(const OutcomeReply& reply, Effects& out) {
  const WorkId id{reply.question};
  const auto found = works_.find(id);
  if (!inquiries_.answered(reply) || found == works_.end()) {
    return;
  }
  PendingRequest& work = found->second;
  if (reply.entry) {
    std::get<Asking>(work.stage).told = reply.entry;
    advance(id, out);
    return;
  }
  const bool decided = is_final(reply.outcome) || reply.outcome == Outcome::too_old ||
                       reply.outcome == Outcome::session_too_new ||
                       reply.outcome == Outcome::request_id_reused;
  const bool not_so_far = reply.outcome == Outcome::unavailable;
  Answer answer = refusing(work.request, decided || not_so_far ? reply.outcome : Outcome::unknown);
  answer.replayed = reply.replayed;
  answer.incarnation = reply.incarnation;
  answer.opens_at = reply.opens_at;
  answer.unreached = decided ? std::vector<BranchId>{} : std::vector{reply.request.origin.branch};
  finish(id, answer, out);
}

void Requests::lose(Effects& out) {
  woken_ = undecided_;  // a log may have ended
  for (const WorkId id : std::vector(undecided_.begin(), undecided_.end())) {
    const PendingRequest& work = works_.at(id);
    const bool asking = std::holds_alternative<Asking>(work.stage);  // which needs no entries here
    if (!asking && state_.seals().lost_any(work.needed)) {
      tell_lost(id, out);
    }
  }
}

void Requests::tell_lost(WorkId id, Effects& out) {
  const Request& request = works_.at(id).request;
  Answer answer = as_far_as_known(request, refusing(request, Outcome::lost_write));
  answer.passbook = surviving(answer.passbook, state_);
  finish(id, answer, out);
}

/// Answers a request at once if its customer saw another history of a log than the local one, since
/// the entries it saw will never come. True if so.
bool Requests::saw_other_past(WorkId id, PendingRequest& work, Effects& out) {
  work.past.compare(state_.logs());
  const std::vector<TaggedPosition> other = work.past.other();  // the work ends with its answer
  if (std::ranges::any_of(other, [&](const auto& end) { return state_.gave_up(end); })) {
    tell_lost(id, out);
  } else if (!other.empty()) {
    refuse(id, Outcome::unavailable, branches_of(other), out);
  }
  return !other.empty();
}

/// Adds a call to the write in work that it repeats, if there is one.
bool Requests::join(const Called& called, Instant answer_by) {
  const auto known =
      change_of(called.request.operation) ? writes_.find(called.request.id) : writes_.end();
  if (known == writes_.end()) {
    return false;
  }
  const WorkId id = known->second;
  PendingRequest& work = works_.at(id);
  answer_by = std::min(answer_by, work.began + options_.longest_request);
  work.callers.push_back({called.call, answer_by, called.request.ack});
  deadlines_.emplace(answer_by, id, called.call);
  if (std::holds_alternative<Confirming>(work.stage)) {
    await_confirmation(id, work, work.callers.back());
  }
  if (answer_by > work.decide_by) {
    work.decide_by = answer_by;
    if (const auto* claim = std::get_if<Claiming>(&work.stage)) {
      escrow_.extend(claim->place, answer_by);
    }
    if (const auto* asking = std::get_if<Asking>(&work.stage); asking && !asking->told) {
      ask_origin(id, work);
    }
  }
  return true;
}

/// A withdrawal that waits for nothing else is decided at once if it has the rights and nobody else
/// wants them. If not, it joins the claims with the priority it has had since it arrived. True in
/// that case.
bool Requests::takes_its_turn(WorkId id, PendingRequest& work) {
  const auto* withdrawal = std::get_if<Withdrawal>(&work.request.operation);
  const auto* waiting = std::get_if<Waiting>(&work.stage);
  if (withdrawal == nullptr || waiting == nullptr) {
    return withdrawal != nullptr;
  }
  if (!escrow_.contended(withdrawal->account) &&
      state_.ledger().refusal(state_.self(), *withdrawal) != ChangeRefusal::lacks_rights) {
    return false;
  }
  enter(id, work, Claiming{.place = *waiting->place});
  return true;
}

PendingRequest::Stage Requests::first_stage(const Request& request) {
  if (std::holds_alternative<Query>(request.operation)) {
    return Waiting{};
  }
  if (elsewhere(request)) {
    return Asking{};
  }
  return std::holds_alternative<Withdrawal>(request.operation)
             ? Waiting{.place = Priority{state_.clock().tick(), topology_.self()}}
             : Waiting{};
}

WorkId Requests::begin(const Called& called, Instant answer_by, Instant now) {
  const WorkId id{++last_work_};
  const Request& request = called.request;
  const Passbook named = needed_by(request);
  PendingRequest begun{.request = request,
                       .callers = {{called.call, answer_by, request.ack}},
                       .began = now,
                       .decide_by = answer_by,
                       .needed = named.writes.untagged(),
                       .past = NeededPast(named, state_.logs()),
                       .stage = first_stage(request)};
  begun.needed.merge(named.reads.untagged());
  if (change_of(request.operation)) {
    writes_.emplace(request.id, id);
  }
  deadlines_.emplace(answer_by, id, called.call);
  if (!topology_.full_mesh()) {
    call_for_help_later(id, now);
  }
  in_work_.take(request.id.client.customer);
  const PendingRequest& work = works_.emplace(id, std::move(begun)).first->second;
  index(id, work);
  if (std::holds_alternative<Asking>(work.stage) && state_.find(request.id) == nullptr) {
    ask_origin(id, work);
  }
  return id;
}

bool Requests::covered(const PendingRequest& work) const {
  return state_.recovered() && work.past.reached() && state_.applied().covers(work.needed);
}

/// Whether a write belongs to another origin, which alone may execute it.
bool Requests::elsewhere(const Request& request) const {
  return request.id.origin != state_.self();
}

/// Whether a write may have been accepted without any sign of it here.
bool Requests::may_stand_unseen(const Request& request) const {
  return !std::holds_alternative<Query>(request.operation) &&
         (elsewhere(request) || !readiness_.knows_its_log());
}

/// Asks the branch named by a write's id for its outcome, unless that is this branch, which has
/// lost its disk since.
void Requests::ask_origin(WorkId id, const PendingRequest& work) {
  if (work.request.id.origin.branch != topology_.self()) {
    inquiries_.ask(id.value, work.request.id, change_of(work.request.operation), work.decide_by);
  }
}

void Requests::applied(const Entry& entry) {
  for (const WorkId id : waiters_.applied(entry.id)) {
    woken_.insert(id);
  }
  if (entry.request) {
    if (const auto found = writes_.find(*entry.request); found != writes_.end()) {
      woken_.insert(found->second);
    }
  }
}

bool Requests::advance(Effects& out) {
  const Circumstances now{.obstacle = readiness_.obstacle(),
                          .knows_its_log = readiness_.knows_its_log(),
                          .recovered = state_.recovered()};
  if (std::exchange(circumstances_, now) != now) {
    woken_ = undecided_;
  }
  bool accepted = false;
  for (const WorkId id : std::exchange(woken_, {})) {
    accepted = (undecided_.contains(id) && advance(id, out)) || accepted;
  }
  return accepted;
}

/// Continues one request as far as possible. True if an entry was accepted.
bool Requests::advance(WorkId id, Effects& out) {
  const bool accepted = take_on(id, out);
  if (undecided_.contains(id)) {
    wait(id, works_.at(id));
  }
  return accepted;
}

void Requests::take_on_query(WorkId id, PendingRequest& work, Effects& out) {
  if (saw_other_past(id, work, out) || !covered(work)) {
    return;
  }
  if (state_.open()) {
    enter(id, work, Closing{});
  } else {
    answer_query(id, work, out);
  }
}

bool Requests::take_on(WorkId id, Effects& out) {
  PendingRequest& work = works_.at(id);
  if (std::holds_alternative<Query>(work.request.operation)) {
    take_on_query(id, work, out);
    return false;
  }
  if (const Decision* write = state_.find(work.request.id)) {
    const auto change = change_of(work.request.operation);
    if (change && write->change != change) {
      finish(id, refusing(work.request, Outcome::request_id_reused), out);
      return false;
    }
    stands(id, work, {work.request.id.origin, write->entry},
           {.balance = write->balance, .replayed = true}, out);
    return false;
  }
  if (std::holds_alternative<Asking>(work.stage)) {
    decided_elsewhere(id, work, out);
    return false;
  }
  if (saw_other_past(id, work, out)) {
    return false;
  }
  if (readiness_.obstacle() == Readiness::Obstacle::disk_full && readiness_.knows_its_log()) {
    refuse(id, Outcome::disk_full, {}, out);
    return false;
  }
  if (!covered(work) || !readiness_.takes_writes()) {
    return false;
  }
  if (const auto* claim = std::get_if<Claiming>(&work.stage); claim && claim->proven_short) {
    refuse(id, Outcome::insufficient_funds, {}, out);
    return false;
  }
  return !takes_its_turn(id, work) && accept(id, work, out);
}

bool Requests::accept_funded(const std::vector<Priority>& funded, Effects& out) {
  bool accepted = false;
  for (const Priority claim : funded) {
    const auto found = by_claim_.find(claim);
    if (found != by_claim_.end()) {
      accepted = accept(found->second, works_.at(found->second), out) || accepted;
    }
  }
  return accepted;
}

bool Requests::accept(WorkId id, PendingRequest& work, Effects& out) {
  if (const auto old = admission_.not_new(work.request)) {
    finish(id, *old, out);
    return false;
  }
  const Change change = *change_of(work.request.operation);
  if (const auto refusal = state_.ledger().refusal(state_.self(), change)) {
    refuse(id, outcome_of(*refusal), {}, out);
    return false;
  }
  const auto [entry, balance, clock] = state_.accept(change, work.needed, work.request.id);
  if (std::holds_alternative<Withdrawal>(change)) {
    const auto* claim = std::get_if<Claiming>(&work.stage);
    auto& counters = escrow_.counters();
    ++(claim && escrow_.has_requested(claim->place) ? counters.served_by_asking
                                                    : counters.served_locally);
  }
  escrow_.applied(entry, state_.self());
  if (options_.observe) {
    out.observations.emplace_back(Accepted{entry, balance, topology_.branches()});
  }
  inquiries_.decided({work.request.id, Outcome::ok, entry.id, balance});
  stands(id, work, entry.id, {.balance = balance}, out);
  applied(entry);
  return true;
}

void Requests::flush(Instant now, Effects& out) {
  inquiries_.flush(links_, now, out);
  while (!help_at_.empty() && !works_.contains(help_at_.front().second)) {
    help_at_.pop_front();  // finished requests need no wake-up
  }
  for (AnswerCall& said : out.answers) {
    tag(said.answer.passbook, state_);
  }
}

Instant Requests::wake() const {
  const Instant deadline = deadlines_.empty() ? kNever : std::get<Instant>(*deadlines_.begin());
  const Instant help = help_at_.empty() ? kNever : help_at_.front().first;
  return std::min({deadline, help, inquiries_.wake()});
}

std::size_t Requests::unfinished() const {
  std::size_t out = works_.size() + writes_.size() + undecided_.size() + woken_.size() +
                    waiters_.size() + by_claim_.size() + ready_.size() + deadlines_.size() +
                    help_at_.size() + waiting_.taken() + in_work_.taken() + inquiries_.unfinished();
  for (const auto& [quorum, waiting] : unconfirmed_) {
    out += waiting.size();
  }
  return out;
}

}  // namespace passbook
