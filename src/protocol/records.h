// SPDX-License-Identifier: Apache-2.0
// What a branch keeps for its next start: the records of its journal, and snapshots, which save
// reading all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "causal/version_vector.h"
#include "ledger/account.h"
#include "ledger/block.h"
#include "ledger/entry.h"
#include "protocol/customer_messages.h"

namespace passbook {

/// Where the logs of a branch's earlier incarnations end, and which positions do not lead there.
struct LogEnds {
  /// The last block of each log. Ascending by origin; a log that is not named is empty.
  std::vector<TaggedPosition> kept;
  /// Positions in other histories of these logs, or beyond their ends, that some branch has.
  /// Ascending.
  std::vector<TaggedPosition> given_up;

  bool operator==(const LogEnds&) const = default;
};

/// The incarnations of a branch below `next` are over: their entries beyond `ends` are refused.
struct Seal {
  BranchId branch;
  Incarnation next;
  LogEnds ends;
  /// Whether all branches agreed on `ends`. Before that, `ends` is how far this branch has the
  /// logs, and the seal is its promise to take no more until the end is known.
  bool final = false;
  std::uint64_t recovery = 0;  ///< the recovery to which the promise was made
  /// In a promise: an earlier recovery agreed on the ends of the incarnations below this one.
  Incarnation settled{};

  bool operator==(const Seal&) const = default;
};

/// The branch lost its disk and came back in this incarnation. It serves nobody before it has
/// `goal`: everything that the other branches had when it asked them.
struct Recovery {
  VersionVector goal;
  bool release_rights = false;  ///< take over the rights of the incarnations before

  bool operator==(const Recovery&) const = default;
};

/// A process of the branch has begun. Nothing leaves the process before this record is durable.
struct ProcessBegun {
  std::uint64_t counter = 0;

  bool operator==(const ProcessBegun&) const = default;
};

/// The branch has decided that a write whose id names it will never have an effect (`is_final`).
struct Refusal {
  RequestId request;
  std::optional<Change> change;  ///< the change that it asked for; none if only its id is known
  Outcome outcome = Outcome::abandoned;

  bool operator==(const Refusal&) const = default;
};

/// A block is recorded when it is applied.
using Record = std::variant<Block, Seal, Recovery, ProcessBegun, Refusal>;

/// The incarnations below this one have ended for good, where the seal says.
constexpr Incarnation settled_below(const Seal& seal) {
  return seal.final ? seal.next : seal.settled;
}

/// The size of a record for limits on bytes: a block's bytes, or a small constant for other
/// records.
inline std::size_t bytes_in(const Record& record) {
  constexpr std::size_t kOther = 64;
  const auto* block = std::get_if<Block>(&record);
  return block == nullptr ? kOther : block->bytes().size();
}

/// The number of entries in a record.
inline std::uint64_t entries_in(const Record& record) {
  const auto* block = std::get_if<Block>(&record);
  return block == nullptr ? 0 : block->size();
}

/// Names a session at the origin that decides about its requests.
struct SessionId {
  Origin origin;
  ClientId client;
  constexpr auto operator<=>(const SessionId&) const = default;
};

constexpr SessionId session_of(const RequestId& id) { return {id.origin, id.client}; }

/// The final decision about the request of one number in a session.
struct Decision {
  std::uint64_t number = 0;
  Outcome outcome = Outcome::ok;   ///< `ok` if it was accepted, else the refusal
  std::optional<Change> change{};  ///< the change that it asked for; none if it was given up by its
                                   ///< id alone
  Sequence entry{};                ///< its entry in the log of the session's origin; 0 if refused
  Money balance{};  ///< the account's balance right after that entry, at the branch that keeps
                    ///< this

  bool operator==(const Decision&) const = default;
};

/// The decisions remembered of a session.
struct SessionSnapshot {
  SessionId id;
  /// Numbers up to this one may have been decided even if they are not among the decisions.
  std::uint64_t uncertain_to = 0;
  std::vector<Decision> decisions;  ///< ascending by number

  bool operator==(const SessionSnapshot&) const = default;
};

/// The changes to sessions from one snapshot to the next.
struct SessionPage {
  std::vector<SessionId> retired;  ///< forgotten; some may be among `sessions` again
  std::vector<SessionSnapshot> sessions;

  bool operator==(const SessionPage&) const = default;
};

/// Marks of forgotten sessions: a session up to these that is not remembered may have been
/// forgotten.
struct RetiredSessions {
  std::uint64_t of_all = 0;
  std::vector<ClientId> of_customers;  ///< the customers with a later mark, in no particular order

  bool operator==(const RetiredSessions&) const = default;
};

/// The state after a number of records, counted from the first.
struct Snapshot {
  std::uint64_t records = 0;    ///< the number of these records
  std::uint64_t processes = 0;  ///< the counter of the last process that began
  VersionVector applied;
  std::vector<Digest> digests;               ///< of the blocks that end at `applied`, in its order
  std::vector<TaggedPosition> earlier_ends;  ///< the known ends of earlier blocks; ascending
  Stamp stamp;
  VersionVector declared;  ///< everything that the branch's own entries depend on
  VersionVector grants;    ///< from each origin, the last grant of rights to the branch
  /// The accounts touched since the previous snapshot, in no particular order. A journal gives back
  /// the accounts of all snapshots, each in its latest state; any other account is as it opened.
  std::vector<AccountSnapshot> accounts;
  /// The sum of all amounts ever moved, modulo 2^64: money in, money out, rights granted. It only
  /// grows, so a missing or outdated account does not add up to it.
  std::uint64_t moved = 0;
  std::vector<Seal> seals;
  std::optional<Recovery> recovery;
  /// The changes to sessions since the previous snapshot. A journal gives back the pages of all
  /// snapshots from the one of `pages_since` records on, in order.
  std::vector<SessionPage> pages;
  std::uint64_t pages_since = 0;
  RetiredSessions retired;            ///< of this origin
  RetiredSessions retired_elsewhere;  ///< of all others

  bool operator==(const Snapshot&) const = default;
};

/// The amount that a change adds to `Snapshot::moved`.
inline std::uint64_t moved_by(const Change& change) {
  return std::holds_alternative<Release>(change)
             ? 0
             : static_cast<std::uint64_t>(amount_of(change).minor);
}

/// `Snapshot::moved` for these accounts.
inline std::uint64_t moved_in(const std::vector<AccountSnapshot>& accounts) {
  std::uint64_t out = 0;
  for (const AccountSnapshot& account : accounts) {
    for (const OriginTotals& totals : account.totals) {
      for (const Money amount : {totals.in, totals.out, totals.granted}) {
        out += static_cast<std::uint64_t>(amount.minor);
      }
    }
  }
  return out;
}

/// What a journal gives back when a branch starts.
struct Recall {
  std::optional<Snapshot> snapshot;
  std::vector<Record> records;  ///< after the snapshot, in order
};

}  // namespace passbook
