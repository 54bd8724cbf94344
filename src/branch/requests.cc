// SPDX-License-Identifier: Apache-2.0
#include "branch/requests.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {
namespace {

/// A customer's clock counts up to here, far above what any honest one reaches, and far below
/// where the branches' clocks may end.
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

}  // namespace

Requests::Requests(const Topology& topology, const BranchOptions& options, BankId bank,
                   State& state, const Readiness& readiness, Links& links, Replication& replication,
                   Escrow& escrow)
    : topology_(topology),
      options_(options),
      admission_(topology, bank, state, refused_writes_),
      state_(state),
      readiness_(readiness),
      links_(links),
      replication_(replication),
      escrow_(escrow) {}

void Requests::arrive(Called called, Instant now, Effects& out) {
  Request& request = called.request;
  const Stamp clock = state_.clock().receive(std::min(request.clock, kHighestCustomerStamp));
  if (options_.observe) {
    out.observations.emplace_back(
        RequestSeen{request.id, request.operation, called.deadline, request.clock, clock});
  }
  if (auto answer = admission_.decide(request, in_work(request.id))) {
    reply(called.call, request, std::move(*answer), out);
    return;
  }
  const Duration margin = std::min((called.deadline - now) / 10, options_.margin_most);
  const Instant decide_by = called.deadline - margin;
  if (!join(called, decide_by)) {
    advance(begin(called, decide_by, now), out);
  }
}

/// The write of that id that is being worked on, or nothing.
const Request* Requests::in_work(const RequestId& id) const {
  const auto found = writes_.find(id);
  return found == writes_.end() ? nullptr : &works_.at(found->second).request;
}

void Requests::outcome_asked(BranchId by, const OutcomeRequest& asked) {
  const Request* same = in_work(asked.request);
  auto known = admission_.outcome_of(asked.request, asked.operation, same);
  if (!known && same != nullptr) {
    inquiries_.awaited(asked, by);
    return;
  }
  OutcomeReply reply =
      known.value_or(OutcomeReply{asked.request, Outcome::unavailable, {}, {}, {}});
  reply.question = asked.question;
  inquiries_.tell(by, reply);
}

void Requests::outcome_told(const OutcomeReply& reply, Effects& out) {
  const auto found = writes_.find(reply.request);
  if (!inquiries_.answered(reply) || found == writes_.end()) {
    return;
  }
  const WorkId id = found->second;
  Work& work = works_.at(id);
  if (reply.entry) {
    work.told = reply.entry;
    advance(id, out);
    return;
  }
  const bool unknown = reply.outcome == Outcome::unavailable;
  Answer answer = refusing(work.request, reply.outcome);
  answer.balance = reply.balance;
  answer.unreached = unknown ? std::vector{reply.request.first_asked} : std::vector<BranchId>{};
  finish(id, answer, out);
}

void Requests::lose(Effects& out) {
  for (const WorkId id : std::vector(waiting_.begin(), waiting_.end())) {
    if (state_.seals().lost_any(works_.at(id).needed)) {
      tell_lost(id, out);
    }
  }
}

void Requests::tell_lost(WorkId id, Effects& out) {
  Answer answer = refusing(works_.at(id).request, Outcome::lost_write);
  answer.passbook = surviving(answer.passbook, state_);
  finish(id, answer, out);
}

/// Answers a request at once whose customer saw another history of a log than the one here: what it
/// saw will not come. True when it did.
bool Requests::saw_other_past(WorkId id, Work& work, Effects& out) {
  work.past.compare(state_.logs());
  const std::vector<TaggedPosition> other = work.past.other();  // the work ends with its answer
  if (std::ranges::any_of(other, [&](const auto& end) { return state_.gave_up(end); })) {
    tell_lost(id, out);
  } else if (!other.empty()) {
    refuse(id, Outcome::unavailable, branches_of(other), out);
  }
  return !other.empty();
}

void Requests::reply(CallId call, const Request& request, Answer answer, Effects& out) const {
  answer.clock = state_.clock().tick();
  if (options_.observe) {
    out.observations.emplace_back(
        Replied{request.id, request.operation, answer.outcome, answer.balance, answer.clock});
  }
  out.answers.push_back({call, std::move(answer)});
}

/// Adds a call to the write in work that it repeats, if there is one.
bool Requests::join(const Called& called, Instant decide_by) {
  const auto known =
      change_of(called.request.operation) ? writes_.find(called.request.id) : writes_.end();
  if (known == writes_.end()) {
    return false;
  }
  Work& work = works_.at(known->second);
  work.calls.push_back(called.call);
  if (decide_by > work.decide_by) {
    deadlines_.erase({work.decide_by, known->second});
    work.decide_by = decide_by;
    deadlines_.emplace(decide_by, known->second);
  }
  return true;
}

/// A withdrawal that waits for nothing else any more is decided at once if it has the rights, and
/// nobody else wants them. If not, it takes the place among all claims that it has had since it
/// came. True when it did.
bool Requests::takes_its_turn(WorkId id, const Work& work) {
  const auto* withdrawal = std::get_if<Withdrawal>(&work.request.operation);
  if (withdrawal == nullptr) {
    return false;
  }
  if (by_claim_.contains(*work.claim)) {
    escrow_.touch(withdrawal->account);
    return true;
  }
  if (!escrow_.contended(withdrawal->account) &&
      state_.ledger().refusal(state_.self(), *withdrawal) != ChangeRefusal::lacks_rights) {
    return false;
  }
  escrow_.claim(*work.claim, *withdrawal, work.request.id, work.decide_by);
  by_claim_.emplace(*work.claim, id);
  return true;
}

Requests::WorkId Requests::begin(const Called& called, Instant decide_by, Instant now) {
  const WorkId id{++last_work_};
  const Request& request = called.request;
  const bool write = change_of(request.operation).has_value();
  const Passbook named = needed_by(request);
  Work work{.request = request,
            .calls = {called.call},
            .decide_by = decide_by,
            .needed = named.writes.untagged(),
            .past = NeededPast(named, state_.logs()),
            .claim = {},
            .told = {},
            .accepted = {},
            .answer = {}};
  work.needed.merge(named.reads.untagged());
  if (write) {
    writes_.emplace(request.id, id);
  }
  if (write && state_.find(request.id) == nullptr) {
    if (elsewhere(work)) {
      inquiries_.ask(request.id, request.operation, decide_by);
    } else if (std::holds_alternative<Withdrawal>(request.operation)) {
      work.claim = Priority{state_.clock().tick(), topology_.self()};
    }
  }
  deadlines_.emplace(decide_by, id);
  waiting_.insert(id);
  if (!topology_.full_mesh()) {
    patience_.emplace_back(now + options_.patience, id);
  }
  works_.emplace(id, std::move(work));
  return id;
}

bool Requests::covered(const Work& work) const {
  return state_.recovered() && work.past.reached() && state_.applied().covers(work.needed);
}

/// Whether a write belongs to another branch, which alone may execute it.
bool Requests::elsewhere(const Work& work) const {
  return work.request.id.first_asked != topology_.self();
}

bool Requests::advance(Effects& out) {
  bool accepted = false;
  for (const WorkId id : std::vector(waiting_.begin(), waiting_.end())) {
    accepted = advance(id, out) || accepted;
  }
  return accepted;
}

/// Takes one request as far as it can go now. True when an entry was accepted.
bool Requests::advance(WorkId id, Effects& out) {
  Work& work = works_.at(id);
  if (!change_of(work.request.operation)) {
    if (saw_other_past(id, work, out) || !covered(work)) {
      return false;
    }
    if (state_.open()) {
      ready_.insert(id);
    } else {
      answer_query(id, work, out);
    }
    return false;
  }
  if (const AcceptedWrite* write = state_.find(work.request.id)) {
    if (write->change != *change_of(work.request.operation)) {
      finish(id, refusing(work.request, Outcome::request_id_reused), out);
      return false;
    }
    stands(id, work, write->entry, write->balance, out);
    return false;
  }
  if (elsewhere(work)) {
    return accepted_elsewhere(id, work, out);
  }
  if (saw_other_past(id, work, out)) {
    return false;
  }
  if (readiness_.obstacle() == Readiness::Obstacle::disk_full) {
    refuse(id, Outcome::disk_full, {}, out);
    return false;
  }
  if (!covered(work) || !readiness_.takes_writes()) {
    return false;
  }
  if (work.proven_short) {
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

bool Requests::accept(WorkId id, Work& work, Effects& out) {
  if (const auto old = admission_.too_old(work.request)) {
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
    auto& counters = escrow_.counters();
    ++(escrow_.has_requested(*work.claim) ? counters.served_by_asking : counters.served_locally);
  }
  escrow_.applied(entry, state_.self());
  if (options_.observe) {
    out.observations.emplace_back(Accepted{entry, balance, topology_.branches()});
  }
  inquiries_.decided({work.request.id, Outcome::ok, entry.id, balance});
  stands(id, work, entry.id, balance, out);
  return true;
}

/// The branch that was asked first said what the write became there, and that has arrived here, but
/// what the balance was then is forgotten. The one that the first answer showed may rest on entries
/// that are not here yet: it would be a balance that the passbook doesn't vouch for.
bool Requests::accepted_elsewhere(WorkId id, Work& work, Effects& out) {
  if (work.told && state_.applied().covers(*work.told)) {
    stands(id, work, *work.told, std::nullopt, out);
  }
  return false;
}

/// The write is in a log: what remains is to hear that enough branches have it.
void Requests::stands(WorkId id, Work& work, EntryId entry, std::optional<Money> balance,
                      Effects& out) {
  work.accepted = entry;
  waiting_.erase(id);
  inquiries_.forget(work.request.id);
  if (work.claim) {
    by_claim_.erase(*work.claim);
    escrow_.end(*work.claim);
  }
  Answer answer{.outcome = Outcome::ok,
                .balance = balance,
                .passbook = work.request.passbook,
                .unreached = {},
                .confirmed = 1,
                .entry = entry};
  answer.passbook.writes.raise({entry, Tag{}});
  vouch(answer.passbook, state_);
  if (wanted_holders(work.request.ack) == 1 && entry.origin == state_.self()) {
    finish(id, answer, out);
    return;
  }
  work.answer = std::move(answer);
  unconfirmed_.emplace(entry, id);
}

void Requests::answer_query(WorkId id, const Work& work, Effects& out) {
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
      works_.at(found->second).proven_short = true;
      advance(found->second, out);
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

void Requests::acknowledge(Effects& out) {
  for (const WorkId id : std::exchange(ready_, {})) {
    answer_query(id, works_.at(id), out);
  }
  std::vector<WorkId> confirmed;
  for (const auto& [entry, id] : unconfirmed_) {
    Work& work = works_.at(id);
    work.answer->confirmed = replication_.holders(entry);
    if (work.answer->confirmed >= wanted_holders(work.request.ack)) {
      confirmed.push_back(id);
    }
  }
  for (const WorkId id : confirmed) {
    finish(id, Answer(*works_.at(id).answer), out);
  }
}

/// A refusal shows the balance only where the customer's own past is in it.
void Requests::refuse(WorkId id, Outcome outcome, std::vector<BranchId> unreached, Effects& out) {
  const Work& work = works_.at(id);
  Answer answer = refusing(work.request, outcome);
  answer.unreached = std::move(unreached);
  if (covered(work)) {
    state_.close();  // so that the passbook names just what the balance rests on
    answer.balance = state_.ledger().find(account_of(work.request.operation))->balance();
    vouch(answer.passbook, state_);
  }
  if (change_of(work.request.operation) && !elsewhere(work)) {
    refused_writes_.add(work.request, answer);
  }
  count_refusal(work, outcome);
  finish(id, answer, out);
}

void Requests::count_refusal(const Work& work, Outcome outcome) {
  auto& counters = escrow_.counters();
  if (outcome == Outcome::insufficient_funds) {
    ++counters.refused_with_proof;
  } else if (outcome == Outcome::unavailable && work.claim) {
    const bool reached =
        escrow_.unreached(account_of(work.request.operation), state_, links_).empty();
    ++(reached && covered(work) ? counters.undecided_reachable : counters.undecided_unreached);
  }
}

void Requests::finish(WorkId id, const Answer& answer, Effects& out) {
  const auto found = works_.find(id);
  const Work& work = found->second;
  for (const CallId call : work.calls) {
    reply(call, work.request, answer, out);
  }
  if (work.claim && by_claim_.erase(*work.claim) > 0) {
    escrow_.end(*work.claim);
  }
  if (change_of(work.request.operation)) {
    inquiries_.forget(work.request.id);
    inquiries_.decided({work.request.id, answer.outcome, work.accepted, answer.balance, {}});
    writes_.erase(work.request.id);
  }
  if (work.accepted) {
    unconfirmed_.erase({*work.accepted, id});
  }
  waiting_.erase(id);
  ready_.erase(id);
  deadlines_.erase({work.decide_by, id});
  works_.erase(found);
}

/// The deadline came: what is certain is said, and what is not is called by its name.
void Requests::give_up(WorkId id, Effects& out) {
  const Work& work = works_.at(id);
  if (work.accepted) {
    Answer answer = *work.answer;
    answer.outcome = Outcome::unconfirmed;
    answer.confirmed = replication_.holders(*work.accepted);
    answer.unreached = replication_.lacking(*work.accepted);
    finish(id, answer, out);
    return;
  }
  std::vector<BranchId> unreached = branches_of(state_.applied().missing(work.needed));
  if (unreached.empty() && work.claim) {
    unreached = escrow_.unreached(account_of(work.request.operation), state_, links_);
  }
  if (unreached.empty() && elsewhere(work) && change_of(work.request.operation)) {
    unreached = {work.request.id.first_asked};
  }
  refuse(id, Outcome::unavailable, std::move(unreached), out);
}

/// In a large bank, what did not come through the neighbours is sought from its source.
void Requests::look_for_help(const Work& work, Instant now) {
  for (const EntryId& missing : state_.applied().missing(work.needed)) {
    links_.want(missing.origin.branch, now);
  }
  if (work.accepted && work.request.ack != AckLevel::local) {
    for (const BranchId branch : replication_.lacking(*work.accepted)) {
      links_.want(branch, now);
    }
  }
}

bool Requests::expire(Instant now, Effects& out) {
  const std::size_t before = works_.size();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    give_up(deadlines_.begin()->second, out);
  }
  while (!patience_.empty() && patience_.front().first <= now) {
    if (const auto work = works_.find(patience_.front().second); work != works_.end()) {
      look_for_help(work->second, now);
    }
    patience_.pop_front();
  }
  return works_.size() < before;
}

void Requests::flush(Instant now, Effects& out) {
  inquiries_.flush(links_, now, out);
  for (AnswerCall& said : out.answers) {
    tag(said.answer.passbook, state_);
  }
}

Instant Requests::wake() const {
  const Instant wake = deadlines_.empty() ? kNever : deadlines_.begin()->first;
  return patience_.empty() ? wake : std::min(wake, patience_.front().first);
}

}  // namespace passbook
