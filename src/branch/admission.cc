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
  if (state_.ledger().find(account_of(request.operation)) == nullptr) {
    return Outcome::unknown_account;
  }
  const auto change = change_of(request.operation);
  if (change && amount_of(*change) <= Money{}) {
    return Outcome::bad_amount;
  }
  return std::nullopt;
}

/// What can be said at once about a write whose id is not new.
std::optional<Answer> Admission::known_answer(const Request& request,
                                              const Request* in_work) const {
  const auto change = change_of(request.operation);
  if (!change) {
    return std::nullopt;
  }
  const auto reused = [&](bool same) {
    return same ? std::nullopt : std::optional(refusing(request, Outcome::request_id_reused));
  };
  if (const AcceptedWrite* write = state_.find(request.id)) {
    return reused(write->change == *change);
  }
  if (const auto* refused = refused_writes_.find(request.id)) {
    const auto wrong = reused(refused->operation == request.operation);
    return wrong ? wrong : refused->answer;
  }
  return reused(in_work == nullptr || in_work->operation == request.operation);
}

/// Whether a new write may be one that was accepted so long ago that its id is forgotten. Its
/// customer had then seen less of this branch's log than what is forgotten of it. Only what is
/// known to be of this history was seen: a number alone can be made up.
bool Admission::may_be_forgotten(const Request& request) const {
  if (state_.forgotten().empty() || !change_of(request.operation) ||
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
  if (change_of(request.operation) && !topology_.contains(request.id.first_asked)) {
    Answer answer = refusing(request, Outcome::unavailable);
    answer.unreached = {request.id.first_asked};
    return answer;
  }
  if (trim(request.passbook) && state_.find(request.id) == nullptr) {
    return refusing(request, Outcome::lost_write);
  }
  if (auto known = known_answer(request, in_work)) {
    return known;
  }
  return in_work == nullptr ? too_old(request) : std::nullopt;
}

std::optional<OutcomeReply> Admission::outcome_of(const RequestId& id, const Operation& operation,
                                                  const Request* in_work) const {
  const Request request{
      .id = id, .operation = operation, .passbook = {}, .bank = {}, .guarantees = {}};
  if (const auto known = known_answer(request, in_work)) {
    return OutcomeReply{id, known->outcome, {}, known->balance, {}};
  }
  const AcceptedWrite* write = state_.find(id);
  return write ? std::optional(OutcomeReply{id, Outcome::ok, write->entry, write->balance, {}})
               : std::nullopt;
}

}  // namespace passbook
