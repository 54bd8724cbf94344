// SPDX-License-Identifier: Apache-2.0
// What customers say to a branch, and what it answers.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "causal/passbook.h"
#include "ledger/entry.h"

namespace passbook {

/// How many branches must have applied a write, durably, before it is acknowledged.
enum class AckLevel : std::uint8_t {
  local,     ///< the one that accepted it
  majority,  ///< ⌊N/2⌋ + 1, that one included
  all,       ///< every branch of the bank
};

/// Shows the balance.
struct Query {
  AccountId account;
  bool operator==(const Query&) const = default;
};

/// Gives up the write with the request's id: unless it is decided already, it has no effect for
/// ever.
struct Abandon {
  bool operator==(const Abandon&) const = default;
};

/// What a customer can ask for.
using Operation = std::variant<Query, Deposit, Withdrawal, Abandon>;

/// The change that a write asks for; nothing when it is none.
inline std::optional<Change> change_of(const Operation& operation) {
  if (const auto* deposit = std::get_if<Deposit>(&operation)) {
    return *deposit;
  }
  if (const auto* withdrawal = std::get_if<Withdrawal>(&operation)) {
    return *withdrawal;
  }
  return std::nullopt;
}

/// The account that it is about; 0 when it is about none.
inline AccountId account_of(const Operation& operation) {
  const auto* query = std::get_if<Query>(&operation);
  const auto change = change_of(operation);
  return query != nullptr ? query->account : change ? account_of(*change) : AccountId{};
}

/// One thing asked of a branch.
struct Request {
  RequestId id;
  Operation operation;
  Passbook passbook;
  BankId bank;  ///< the bank that the passbook speaks of; 0 with an empty passbook
  Guarantees guarantees;
  AckLevel ack = AckLevel::all;  ///< writes only
  Stamp clock{};                 ///< the customer's Lamport clock, when it was sent

  bool operator==(const Request&) const = default;
};

/// In a session, numbers are below the lowest that has no answer yet plus this. So long the
/// decisions about a session's newest numbers are remembered.
inline constexpr std::uint64_t kSessionWindow = 256;

/// How a call ended. What the bank says of a write is one of three: it stands (`ok`,
/// `unconfirmed`); it may stand, or may yet (`unknown`, `too_old`); or it had no effect so far.
/// That is for ever, and remembered, when the branch that the id names has decided so (`is_final`).
enum class Outcome : std::uint8_t {
  ok,
  insufficient_funds,  ///< the whole bank lacked the money at a moment since the request arrived
  unavailable,         ///< it could not be decided in time, or the passbook is of another history
                       ///< of a log than the one here; `unreached` says who was needed
  unconfirmed,         ///< the write stands, but fewer branches confirmed it than were asked for
  unknown_account,     ///< no such account at this branch so far
  bad_amount,          ///< zero or negative
  overflow,            ///< more than the ledger can hold
  invalid_passbook,    ///< undecodable, of another bank, or longer than any that it hands out
  request_id_reused,   ///< the id belongs to a write with another body
  too_old,             ///< the id may be one that was forgotten
  lost_write,          ///< the passbook named writes that are lost; what is left of it comes back
  disk_full,           ///< the branch takes no writes before it has more space
  unknown,          ///< a write that may have been accepted, or may be yet: by a call with a later
                    ///< deadline, or by the branch that the id names, which could not be asked
  abandoned,        ///< the id was given up before it had an effect: it never will have one
  wrong_origin,     ///< the id names an origin that is over, in which it had no effect
  session_too_new,  ///< the session was opened in the branch's future
  resource_exhausted,  ///< the branch has more in work than it takes; `retry_after` says when to
                       ///< come again
};

/// The word used on the wire, in results and in logs.
constexpr const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "OK";
    case Outcome::insufficient_funds:
      return "INSUFFICIENT_FUNDS";
    case Outcome::unavailable:
      return "UNAVAILABLE";
    case Outcome::unconfirmed:
      return "UNCONFIRMED";
    case Outcome::unknown_account:
      return "UNKNOWN_ACCOUNT";
    case Outcome::bad_amount:
      return "BAD_AMOUNT";
    case Outcome::overflow:
      return "OVERFLOW";
    case Outcome::invalid_passbook:
      return "INVALID_PASSBOOK";
    case Outcome::request_id_reused:
      return "REQUEST_ID_REUSED";
    case Outcome::too_old:
      return "TOO_OLD";
    case Outcome::lost_write:
      return "LOST_WRITE";
    case Outcome::disk_full:
      return "DISK_FULL";
    case Outcome::unknown:
      return "UNKNOWN";
    case Outcome::abandoned:
      return "ABANDONED";
    case Outcome::wrong_origin:
      return "WRONG_ORIGIN";
    case Outcome::session_too_new:
      return "SESSION_TOO_NEW";
    case Outcome::resource_exhausted:
      return "RESOURCE_EXHAUSTED";
  }
  return "";
}

/// Whether it was decided for ever that a write has no effect. Every call with that id and that
/// body is answered likewise.
constexpr bool is_final(Outcome outcome) {
  return outcome == Outcome::insufficient_funds || outcome == Outcome::bad_amount ||
         outcome == Outcome::overflow || outcome == Outcome::abandoned ||
         outcome == Outcome::wrong_origin;
}

/// What a branch says to a request.
struct Answer {
  Outcome outcome = Outcome::ok;
  std::optional<Money> balance;  ///< for a write, as it was when the write was accepted
  /// What was asked with, plus the write and all that the branch had applied when the balance held,
  /// up to the ends of the blocks.
  Passbook passbook;
  std::vector<BranchId> unreached;  ///< ascending; the branches whose word or entries were missing
  std::uint32_t confirmed = 0;      ///< branches that hold the write, as far as is known
  Stamp clock{};                    ///< the branch's Lamport clock, when it was made
  std::optional<EntryId> entry{};   ///< what an accepted write became
  /// Whether it tells what was decided about an earlier call with this id.
  bool replayed = false;
  /// With `wrong_origin`: the branch's incarnation, as far as it is known.
  Incarnation incarnation{};
  /// With `too_old` and `session_too_new`: a session opened in this second is welcome. Since 1970.
  std::uint64_t opens_at = 0;
  Duration retry_after{};  ///< with `resource_exhausted`

  bool operator==(const Answer&) const = default;
};

/// The answer to a request that had no effect and shows nothing.
inline Answer refusing(const Request& request, Outcome outcome) {
  return {.outcome = outcome, .balance = {}, .passbook = request.passbook, .unreached = {}};
}

}  // namespace passbook
