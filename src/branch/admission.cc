// SPDX-License-Identifier: Apache-2.0
#include "branch/admission.h"

#include <algorithm>

#include "branch/past.h"

namespace passbook {

/// Whether one half of a passbook can belong to this bank. Even after many recoveries a branch has
/// had few incarnations, so more positions than that must be made up.
bool Admission::possible(const TaggedVector& positions) const {
  const std::size_t most = 4 * topology_.branches().size() + 64;
  return positions.positions().size() <= most &&
         std::ranges::all_of(positions.positions(), [&](const TaggedPosition& position) {
           return topology_.contains(position.end.origin.branch);
         });
}

/// Why a request is wrong whatever the state of the money, or nothing.
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

/// The outcome of a write that is refused at once because its id is not new, or nothing if the id
/// is new. Without `change`, only the id is known.
std::optional<Outcome> Admission::refused(const RequestId& id, const std::optional<Change>& change,
                                          const Request* in_work) const {
  const auto differs = [&](const std::optional<Change>& other) {
    return change && other && *change != *other;
  };
  if (const Decision* decision = state_.find(id)) {
    if (differs(decision->change)) {
      return Outcome::request_id_reused;
    }
    return decision->outcome == Outcome::ok ? std::nullopt : std::optional(decision->outcome);
  }
  return in_work != nullptr && differs(change_of(in_work->operation))
             ? std::optional(Outcome::request_id_reused)
             : std::nullopt;
}

/// The earliest second whose sessions are certainly not taken for retired ones.
std::uint64_t Admission::opens_at(const RequestId& id) const {
  const std::uint64_t retired = state_.sessions(id).last_retired(id.client.customer) >> 32U;
  return std::max(calendar_.seconds().value_or(0), retired + 1);
}

/// Whether an unknown session was opened later than any honest clock shows.
bool Admission::too_new(const RequestId& id) const {
  const auto today = calendar_.seconds();
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(options_.session_ahead);
  return today && opened_at(id.client) > *today + static_cast<std::uint64_t>(ahead.count()) &&
         opened_at(id.client) > opens_at(id) && !state_.sessions(id).knows(session_of(id));
}

std::optional<Answer> Admission::not_new(const Request& request) const {
  const bool forgotten = state_.sessions(request.id).may_have_forgotten(request.id);
  if (!forgotten && !too_new(request.id)) {
    return std::nullopt;
  }
  Answer out = refusing(request, forgotten ? Outcome::too_old : Outcome::session_too_new);
  out.opens_at = opens_at(request.id);
  return out;
}

Answer Admission::never(const Request& request) const {
  Answer out = refusing(request, Outcome::wrong_origin);
  if (state_.sessions(request.id).may_have_forgotten(request.id)) {
    out.outcome = Outcome::too_old;
  }
  const BranchId branch = request.id.origin.branch;
  const Seal* seal = state_.seals().find(branch);
  out.incarnation = branch == state_.self().branch ? state_.self().incarnation
                    : seal != nullptr              ? settled_below(*seal)
                                                   : request.id.origin.incarnation;
  return out;
}

/// Removes lost positions from a passbook. True if there were any.
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
  const Origin origin = request.id.origin;
  const bool here = origin == state_.self();
  const bool to_come = origin.branch == state_.self().branch && origin > state_.self();
  if (!query && (!topology_.contains(origin.branch) || to_come)) {
    Answer answer = refusing(request, to_come ? Outcome::unknown : Outcome::unavailable);
    answer.unreached = {origin.branch};
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
  if (!query && in_work == nullptr && here && state_.find(request.id) == nullptr) {
    if (auto old = not_new(request)) {
      return old;
    }
  }
  return lost && (query || here) && state_.find(request.id) == nullptr
             ? std::optional(refusing(request, Outcome::lost_write))
             : std::nullopt;
}

std::optional<OutcomeReply> Admission::outcome_of(const OutcomeRequest& asked,
                                                  const Request* in_work) const {
  OutcomeReply out{.request = asked.request, .question = asked.question, .replayed = true};
  if (const auto known = refused(asked.request, asked.change, in_work)) {
    out.outcome = *known;
    out.replayed = *known != Outcome::request_id_reused;
    return out;
  }
  if (const Decision* decision = state_.find(asked.request)) {
    out.outcome = Outcome::ok;
    out.entry = EntryId{asked.request.origin, decision->entry};
    out.balance = decision->balance;
    return out;
  }
  return std::nullopt;
}

}  // namespace passbook
