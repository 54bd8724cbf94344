// SPDX-License-Identifier: Apache-2.0
// The messages between customers and branches.
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
  local,     ///< the accepting branch only
  majority,  ///< ⌊N/2⌋ + 1, the accepting branch included
  all,       ///< every branch of the bank
};

/// Shows the balance.
struct Query {
  AccountId account;
  bool operator==(const Query&) const = default;
};

/// Gives up the write with the request's id: unless it is decided already, it will never have an
/// effect.
struct Abandon {
  bool operator==(const Abandon&) const = default;
};

/// The operations that a customer can ask for.
using Operation = std::variant<Query, Deposit, Withdrawal, Abandon>;

/// The change that a write asks for; nothing for other operations.
inline std::optional<Change> change_of(const Operation& operation) {
  if (const auto* deposit = std::get_if<Deposit>(&operation)) {
    return *deposit;
  }
  if (const auto* withdrawal = std::get_if<Withdrawal>(&operation)) {
    return *withdrawal;
  }
  return std::nullopt;
}

/// The account that the operation concerns; 0 if none.
inline AccountId account_of(const Operation& operation) {
  const auto* query = std::get_if<Query>(&operation);
  const auto change = change_of(operation);
  return query != nullptr ? query->account : change ? account_of(*change) : AccountId{};
}

/// A customer's request to a branch.
struct Request {
  RequestId id;
  Operation operation;
  Passbook passbook;
  BankId bank;  ///< the bank that the passbook belongs to; 0 with an empty passbook
  Guarantees guarantees;
  AckLevel ack = AckLevel::all;  ///< writes only
  Stamp clock{};                 ///< the customer's Lamport clock when it was sent

  bool operator==(const Request&) const = default;
};

/// A session's numbers stay below its lowest unanswered number plus this. A branch remembers its
/// decisions about that many of a session's newest numbers.
inline constexpr std::uint64_t kSessionWindow = 256;

/// How a call ended. A write either stands (`ok`, `unconfirmed`), or may stand, now or later
/// (`unknown`, `too_old`), or had no effect so far (all others). If the branch that the id names
/// has decided that it never will (`is_final`), the decision is remembered.
enum class Outcome : std::uint8_t {
  ok,
  insufficient_funds,  ///< the whole bank lacked the money at a moment since the request arrived
  unavailable,         ///< it could not be decided in time, or the passbook names another history
                       ///< of a log than the one here; `unreached` names the branches that were
                       ///< needed
  unconfirmed,         ///< the write stands, but fewer branches confirmed it than were asked for
  unknown_account,     ///< no such account at this branch so far
  bad_amount,          ///< zero or negative
  overflow,            ///< more than the ledger can hold
  invalid_passbook,    ///< undecodable, of another bank, or longer than any that a branch hands out
  request_id_reused,   ///< the id belongs to a write with another body
  too_old,             ///< the decision about the id may have been forgotten
  lost_write,          ///< the passbook named lost writes; the rest of it comes back
  disk_full,           ///< the branch takes no writes until it has more disk space
  unknown,             ///< the write may have been accepted, or may be yet: by a call with a later
                       ///< deadline, or by the branch that the id names, which could not be asked
  abandoned,           ///< the id was given up before it had an effect, and never will have one
  wrong_origin,        ///< the id names an origin that is over, and had no effect there
  session_too_new,     ///< the session was opened too far ahead of the branch's clock
  resource_exhausted,  ///< the branch has too many requests in work; `retry_after` says when to try
                       ///< again
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

/// Whether it is decided for ever that a write has no effect. Every call with the same id and body
/// gets the same answer.
constexpr bool is_final(Outcome outcome) {
  return outcome == Outcome::insufficient_funds || outcome == Outcome::bad_amount ||
         outcome == Outcome::overflow || outcome == Outcome::abandoned ||
         outcome == Outcome::wrong_origin;
}

/// A branch's answer to a request.
struct Answer {
  Outcome outcome = Outcome::ok;
  std::optional<Money> balance;  ///< for a write, as of its acceptance
  /// The request's passbook, plus the write, plus everything that the branch had applied when the
  /// balance held, up to the ends of the blocks.
  Passbook passbook;
  std::vector<BranchId> unreached;  ///< ascending; the branches whose answers or entries were
                                    ///< missing
  std::uint32_t confirmed = 0;      ///< how many branches are known to hold the write
  Stamp clock{};                    ///< the branch's Lamport clock when the answer was made
  std::optional<EntryId> entry{};   ///< the entry of an accepted write
  /// Whether it repeats the decision about an earlier call with this id.
  bool replayed = false;
  /// With `wrong_origin`: the branch's latest known incarnation.
  Incarnation incarnation{};
  /// With `too_old` and `session_too_new`: a session opened in this second is accepted. In seconds
  /// since 1970.
  std::uint64_t opens_at = 0;
  Duration retry_after{};  ///< with `resource_exhausted`

  bool operator==(const Answer&) const = default;
};

/// An answer without effect and without a balance.
inline Answer refusing(const Request& request, Outcome outcome) {
  return {.outcome = outcome, .balance = {}, .passbook = request.passbook, .unreached = {}};
}

}  // namespace passbook
