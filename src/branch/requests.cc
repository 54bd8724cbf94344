// SPDX-License-Identifier: Apache-2.0
#include "branch/requests.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {
namespace {

constexpr std::size_t kRememberedRefusals = 100'000;

AccountId account_of(const Request& request) {
  return std::visit([](const auto& operation) { return operation.account; }, request.operation);
}

/// The change that a write asks for; nothing for a query.
std::optional<Change> change_of(const Request& request) {
  if (const auto* deposit = std::get_if<Deposit>(&request.operation)) {
    return *deposit;
  }
  if (const auto* withdrawal = std::get_if<Withdrawal>(&request.operation)) {
    return *withdrawal;
  }
  return std::nullopt;
}

Outcome outcome_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_account:
      return Outcome::unknown_account;
    case Refusal::bad_amount:
      return Outcome::bad_amount;
    case Refusal::overflow:
      return Outcome::overflow;
    case Refusal::lacks_rights:
      break;
  }
  check_failed(__FILE__, __LINE__, "rights", "a write is accepted only when its rights are here");
}

/// The answer to a request that had no effect and shows nothing.
Answer refusal(Outcome outcome, const Request& request) {
  return {.outcome = outcome, .balance = {}, .passbook = request.passbook, .unreached = {}};
}

/// The branches named by some positions; ascending, each once.
std::vector<BranchId> branches_of(const std::vector<EntryId>& positions) {
  std::vector<BranchId> out;
  for (const EntryId& position : positions) {
    if (out.empty() || out.back() != position.origin.branch) {
      out.push_back(position.origin.branch);
    }
  }
  return out;
}

}  // namespace

Requests::Requests(const Topology& topology, const BranchOptions& options, BankId bank,
                   State& state, Links& links, Replication& replication, Escrow& escrow)
    : topology_(topology),
      options_(options),
      bank_(bank),
      state_(state),
      links_(links),
      replication_(replication),
      escrow_(escrow) {}

/// What makes a request wrong whatever the state of the money.
std::optional<Outcome> Requests::objection(const Request& request) const {
  const Passbook& passbook = request.passbook;
  const auto foreign = [&](const EntryId& position) {
    return !topology_.contains(position.origin.branch);
  };
  if ((passbook != Passbook{} && request.bank != bank_) ||
      std::ranges::any_of(passbook.writes.positions(), foreign) ||
      std::ranges::any_of(passbook.reads.positions(), foreign)) {
    return Outcome::invalid_passbook;
  }
  if (state_.ledger().find(account_of(request)) == nullptr) {
    return Outcome::unknown_account;
  }
  const auto change = change_of(request);
  if (change && amount_of(*change) <= Money{}) {
    return Outcome::bad_amount;
  }
  return std::nullopt;
}

void Requests::arrive(const Called& called, Instant now, Effects& out) {
  if (options_.observe) {
    out.observations.emplace_back(RequestSeen{called.request});
  }
  if (const auto wrong = objection(called.request)) {
    out.answers.push_back({called.call, refusal(*wrong, called.request)});
    return;
  }
  if (auto known = known_answer(called.request)) {
    out.answers.push_back({called.call, std::move(*known)});
    return;
  }
  const Duration margin = std::min((called.deadline - now) / 10, options_.margin_most);
  const Instant decide_by = called.deadline - margin;
  if (!join(called, decide_by)) {
    advance(begin(called, decide_by, now), out);
  }
}

/// What can be said at once about a write whose id is not new.
std::optional<Answer> Requests::known_answer(const Request& request) const {
  const auto change = change_of(request);
  if (!change) {
    return std::nullopt;
  }
  if (const auto write = state_.find(request.id)) {
    const bool same = state_.entry(write->entry).change == *change;
    return same ? std::nullopt : std::optional(refusal(Outcome::request_id_reused, request));
  }
  if (const auto refused = refused_.find(request.id); refused != refused_.end()) {
    const bool same = refused->second.operation == request.operation;
    return same ? refused->second.answer : refusal(Outcome::request_id_reused, request);
  }
  if (const auto known = writes_.find(request.id);
      known != writes_.end() && works_.at(known->second).request.operation != request.operation) {
    return refusal(Outcome::request_id_reused, request);
  }
  return std::nullopt;
}

/// Adds a call to the write in work that it repeats, if there is one.
bool Requests::join(const Called& called, Instant decide_by) {
  const auto known = change_of(called.request) ? writes_.find(called.request.id) : writes_.end();
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

Requests::WorkId Requests::begin(const Called& called, Instant decide_by, Instant now) {
  const WorkId id{++last_work_};
  const Request& request = called.request;
  const bool write = change_of(request).has_value();
  Work work{.request = request,
            .calls = {called.call},
            .decide_by = decide_by,
            .needed = write ? needed_to_write(request.passbook, request.guarantees)
                            : needed_to_read(request.passbook, request.guarantees),
            .claim = {},
            .accepted = {},
            .answer = {}};
  if (write) {
    writes_.emplace(request.id, id);
  }
  const auto* withdrawal = std::get_if<Withdrawal>(&request.operation);
  if (withdrawal && !elsewhere(work) && !state_.find(request.id)) {
    // The ask goes out beside the session wait, not after it.
    work.claim = Priority{state_.tick(), topology_.self()};
    if (escrow_.contended(withdrawal->account) || !state_.applied().covers(work.needed) ||
        state_.ledger().refusal(state_.self(), *withdrawal) == Refusal::lacks_rights) {
      escrow_.claim(*work.claim, *withdrawal, request.id, decide_by, now);
      by_claim_.emplace(*work.claim, id);
    }
  }
  deadlines_.emplace(decide_by, id);
  waiting_.insert(id);
  if (topology_.branches().size() > kFullMesh) {
    patience_.emplace_back(now + options_.patience, id);
  }
  works_.emplace(id, std::move(work));
  return id;
}

bool Requests::covered(const Work& work) const { return state_.applied().covers(work.needed); }

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
  if (!change_of(work.request)) {
    if (covered(work)) {
      answer_query(id, work, out);
    }
    return false;
  }
  if (const auto write = state_.find(work.request.id)) {
    stands(id, work, *write, out);
    return false;
  }
  if (elsewhere(work) || !covered(work)) {
    return false;
  }
  if (work.proven_short) {
    refuse(id, Outcome::insufficient_funds, {}, out);
    return false;
  }
  if (work.claim && by_claim_.contains(*work.claim)) {
    escrow_.touch(account_of(work.request));  // it takes its turn among the claims
    return false;
  }
  return accept(id, work, out);
}

bool Requests::accept_funded(const std::vector<Priority>& funded, Effects& out) {
  bool accepted = false;
  for (const Priority claim : funded) {
    const auto found = by_claim_.find(claim);
    if (found == by_claim_.end() || !covered(works_.at(found->second))) {
      continue;
    }
    accepted = accept(found->second, works_.at(found->second), out) || accepted;
  }
  return accepted;
}

bool Requests::accept(WorkId id, Work& work, Effects& out) {
  const Change change = *change_of(work.request);
  if (const auto refusal = state_.ledger().refusal(state_.self(), change)) {
    refuse(id, outcome_of(*refusal), {}, out);
    return false;
  }
  const Entry& entry = state_.accept(change, work.needed, work.request.id);
  out.persist.push_back(entry);
  escrow_.touch(account_of(work.request));
  const AcceptedWrite write = *state_.find(work.request.id);
  if (options_.observe) {
    out.observations.emplace_back(Accepted{entry, write.balance, topology_.branches()});
  }
  stands(id, work, write, out);
  return true;
}

/// The write is in a log: what remains is to hear that enough branches have it.
void Requests::stands(WorkId id, Work& work, const AcceptedWrite& write, Effects& out) {
  work.accepted = write.entry;
  waiting_.erase(id);
  if (work.claim) {
    by_claim_.erase(*work.claim);
    escrow_.end(*work.claim);
  }
  Answer answer{.outcome = Outcome::ok,
                .balance = write.balance,
                .passbook = work.request.passbook,
                .unreached = {},
                .confirmed = 1};
  answer.passbook.writes.raise(write.entry);
  answer.passbook.reads.merge(state_.applied());
  if (wanted_holders(work.request.ack) == 1 && write.entry.origin == state_.self()) {
    finish(id, answer, out);
    return;
  }
  work.answer = std::move(answer);
  unconfirmed_.emplace(write.entry, id);
}

void Requests::answer_query(WorkId id, const Work& work, Effects& out) {
  Answer answer{.outcome = Outcome::ok,
                .balance = state_.ledger().find(account_of(work.request))->balance(),
                .passbook = work.request.passbook,
                .unreached = {}};
  answer.passbook.reads.merge(state_.applied());
  if (options_.observe) {
    out.observations.emplace_back(BalanceShown{work.request.id, *answer.balance});
  }
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
  Answer answer = refusal(outcome, work.request);
  answer.unreached = std::move(unreached);
  if (covered(work)) {
    answer.balance = state_.ledger().find(account_of(work.request))->balance();
    answer.passbook.reads.merge(state_.applied());
  }
  if (change_of(work.request) && !elsewhere(work)) {
    remember_refusal(work.request, answer);
  }
  finish(id, answer, out);
}

void Requests::remember_refusal(const Request& request, const Answer& answer) {
  if (refused_.emplace(request.id, Refused{request.operation, answer}).second) {
    refused_order_.push_back(request.id);
  }
  if (refused_order_.size() > kRememberedRefusals) {
    refused_.erase(refused_order_.front());
    refused_order_.pop_front();
  }
}

void Requests::finish(WorkId id, const Answer& answer, Effects& out) {
  const auto found = works_.find(id);
  const Work& work = found->second;
  for (const CallId call : work.calls) {
    out.answers.push_back({call, answer});
  }
  if (work.claim && by_claim_.erase(*work.claim) > 0) {
    escrow_.end(*work.claim);
  }
  if (change_of(work.request)) {
    writes_.erase(work.request.id);
  }
  if (work.accepted) {
    unconfirmed_.erase({*work.accepted, id});
  }
  waiting_.erase(id);
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
    unreached = escrow_.unreached(links_);
  }
  if (unreached.empty() && elsewhere(work) && change_of(work.request)) {
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

Instant Requests::wake() const {
  const Instant wake = deadlines_.empty() ? kNever : deadlines_.begin()->first;
  return patience_.empty() ? wake : std::min(wake, patience_.front().first);
}

}  // namespace passbook
