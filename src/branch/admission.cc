// SPDX-License-Identifier: Apache-2.0
#include "branch/admission.h"

#include <algorithm>

#include "branch/past.h"

namespace passbook {

/// Whether half of a passbook can be one of this bank. Even after many recoveries a branch has had
/// few incarnations; whoever names more positions has made them up.
bool Admission::possible(const TaggedVector& positions) const {
  const std::size_t most = 4 * topology_.branches().size() + 64;
  return positions.positions().size() <= most &&
         std::ranges::all_of(positions.positions(), [&](const TaggedPosition& position) {
           return topology_.contains(position.end.origin.branch);
         });
}

/// What makes a request wrong whatever the state of the money.
std::optional<Outcome> Admission::objection(const Request& request) const {
  const Passbook& passbook = request.passbook;
  if ((passbook != Passbook{} && request.bank != bank_) || !possible(passbook.writes) ||
      !possible(passbook.reads)) {
    return Outcome::invalid_passbook;
  }
  if (!std::holds_alternative<Abandon>(request.operation) &&
      state_.ledger().find(account_of(request.operation)) == nullptr) {
    return Outcome::unknown_account;
  }
  const auto change = change_of(request.operation);
  if (change && amount_of(*change) <= Money{}) {
    return Outcome::bad_amount;
  }
  return std::nullopt;
}

/// As what a write is refused at once whose id is not new; nothing when it is not. Without
/// `change`, only its id is known.
std::optional<Outcome> Admission::refused(const RequestId& id, const std::optional<Change>& change,
                                          const Request* in_work) const {
  const auto differs = [&](const std::optional<Change>& other) {
    return change && other && *change != *other;
  };
  if (const AcceptedWrite* write = state_.find(id)) {
    return differs(write->change) ? std::optional(Outcome::request_id_reused) : std::nullopt;
  }
  if (const Refusal* refusal = state_.find_refusal(id)) {
    return differs(refusal->change) ? Outcome::request_id_reused : refusal->outcome;
  }
  return in_work != nullptr && differs(change_of(in_work->operation))
             ? std::optional(Outcome::request_id_reused)
             : std::nullopt;
}

/// Whether a new write may be one that was accepted so long ago that its id is forgotten. Its
/// customer had then seen less of this branch's log than what is forgotten of it. Only what is
/// known to be of this history was seen: a number alone can be made up.
bool Admission::may_be_forgotten(const Request& request) const {
  if (state_.forgotten().empty() || std::holds_alternative<Query>(request.operation) ||
      request.id.first_asked != topology_.self() || state_.find(request.id) != nullptr) {
    return false;
  }
  VersionVector seen;
  for (const TaggedVector* positions : {&request.passbook.reads, &request.passbook.writes}) {
    for (const TaggedPosition& position : positions->positions()) {
      if (state_.logs().compare(position) == Logs::Match::same) {
        seen.raise(position.end);
      }
    }
  }
  return !seen.covers(state_.forgotten());
}

std::optional<Answer> Admission::too_old(Request request) const {
  if (!may_be_forgotten(request)) {
    return std::nullopt;
  }
  vouch(request.passbook, state_);
  return refusing(request, Outcome::too_old);
}

/// Takes out of a passbook what is lost. True when there was anything.
bool Admission::trim(Passbook& passbook) const {
  const auto lost = [&](const TaggedPosition& position) {
    return state_.seals().lost(position.end);
  };
  if (std::ranges::none_of(passbook.writes.positions(), lost) &&
      std::ranges::none_of(passbook.reads.positions(), lost)) {
    return false;
  }
  passbook = surviving(passbook, state_);
  return true;
}

std::optional<Answer> Admission::decide(Request& request, const Request* in_work) const {
  if (const auto wrong = objection(request)) {
    Answer answer = refusing(request, *wrong);
    if (*wrong == Outcome::invalid_passbook) {
      answer.passbook = {};
    }
    return answer;
  }
  const bool query = std::holds_alternative<Query>(request.operation);
  if (!query && !topology_.contains(request.id.first_asked)) {
    Answer answer = refusing(request, Outcome::unavailable);
    answer.unreached = {request.id.first_asked};
    return answer;
  }
  const bool lost = trim(request.passbook);
  if (const auto change = change_of(request.operation)) {
    if (const auto known = refused(request.id, change, in_work)) {
      Answer answer = refusing(request, *known);
      answer.replayed = *known != Outcome::request_id_reused;
      return answer;
    }
  }
  if (in_work == nullptr) {
    if (auto old = too_old(request)) {
      return old;
    }
  }
  return lost && state_.find(request.id) == nullptr
             ? std::optional(refusing(request, Outcome::lost_write))
             : std::nullopt;
}

std::optional<OutcomeReply> Admission::outcome_of(const OutcomeRequest& asked,
                                                  const Request* in_work) const {
  OutcomeReply out{.request = asked.request, .question = asked.question};
  if (const auto known = refused(asked.request, asked.change, in_work)) {
    out.outcome = *known;
    return out;
  }
  if (const AcceptedWrite* write = state_.find(asked.request)) {
    out.outcome = Outcome::ok;
    out.entry = write->entry;
    out.balance = write->balance;
    return out;
  }
  return std::nullopt;
}

}  // namespace passbook
