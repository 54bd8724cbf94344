// SPDX-License-Identifier: Apache-2.0
// What a branch says to its own later lives: the records of its journal, and the snapshots that
// save reading all of them.
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

/// Where the logs of a branch's earlier incarnations end, and what does not lead there.
struct LogEnds {
  /// The last block of each log. Ascending by origin; a log that is not named ended with nothing.
  std::vector<TaggedPosition> kept;
  /// Places in other histories of these logs, or beyond their ends, that some branch has.
  /// Ascending.
  std::vector<TaggedPosition> given_up;

  bool operator==(const LogEnds&) const = default;
};

/// The incarnations of a branch below `next` are over: no entry of theirs beyond `ends` is taken.
struct Seal {
  BranchId branch;
  Incarnation next;
  LogEnds ends;
  /// Whether `ends` is what all branches agreed on. Before, it is how far this branch has them,
  /// and a promise to take no more until the end is known.
  bool final = false;
  std::uint64_t recovery = 0;  ///< to which a promise was made
  /// Of a promise: the ends of the incarnations below this were agreed on by an earlier recovery.
  Incarnation settled{};

  bool operator==(const Seal&) const = default;
};

/// The branch lost its disk and came back in this incarnation. It serves nobody before it has
/// `goal`: all that the other branches had when it asked them.
struct Recovery {
  VersionVector goal;
  bool release_rights = false;  ///< take over the rights of the incarnations before

  bool operator==(const Recovery&) const = default;
};

/// A process of the branch has begun. Nothing leaves it before this is durable.
struct ProcessBegun {
  std::uint64_t counter = 0;

  bool operator==(const ProcessBegun&) const = default;
};

/// The branch has decided that a write whose id names it has no effect for ever (`is_final`).
struct Refusal {
  RequestId request;
  std::optional<Change> change;  ///< what it asked for; none when only its id is known
  Outcome outcome = Outcome::abandoned;

  bool operator==(const Refusal&) const = default;
};

/// A block is recorded when it is applied.
using Record = std::variant<Block, Seal, Recovery, ProcessBegun, Refusal>;

/// The incarnations below this have ended for ever where a seal says.
constexpr Incarnation settled_below(const Seal& seal) {
  return seal.final ? seal.next : seal.settled;
}

/// What a record counts for where bytes are limited; little more than nothing when it holds no
/// block.
inline std::size_t bytes_in(const Record& record) {
  constexpr std::size_t kOther = 64;
  const auto* block = std::get_if<Block>(&record);
  return block == nullptr ? kOther : block->bytes().size();
}

/// How many entries a record holds.
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

/// What was decided for ever about the request of one number of a session.
struct Decision {
  std::uint64_t number = 0;
  Outcome outcome = Outcome::ok;   ///< `ok` when it was accepted; else as what it was refused
  std::optional<Change> change{};  ///< what it asked for; none when it was given up by its id alone
  Sequence entry{};  ///< what it became, in the log of the session's origin; 0 when refused
  Money balance{};   ///< of its account, at the branch that keeps this, right after that entry

  bool operator==(const Decision&) const = default;
};

/// What is remembered of a session.
struct SessionSnapshot {
  SessionId id;
  /// Up to this number, what is not among the decisions may have been decided, too.
  std::uint64_t uncertain_to = 0;
  std::vector<Decision> decisions;  ///< ascending by number

  bool operator==(const SessionSnapshot&) const = default;
};

/// What happened to sessions from one snapshot to the next.
struct SessionPage {
  std::vector<SessionId> retired;  ///< forgotten; some may be among the others again
  std::vector<SessionSnapshot> sessions;

  bool operator==(const SessionPage&) const = default;
};

/// Sessions up to these, and not remembered, may have been forgotten.
struct RetiredSessions {
  std::uint64_t of_all = 0;
  std::vector<ClientId> of_customers;  ///< those for whom it is more, in no order

  bool operator==(const RetiredSessions&) const = default;
};

/// All that a number of records, from the first, left behind.
struct Snapshot {
  std::uint64_t records = 0;    ///< so many
  std::uint64_t processes = 0;  ///< the counter of the last that begun
  VersionVector applied;
  std::vector<Digest> digests;  ///< of the blocks that end there, in the order of the positions
  std::vector<TaggedPosition> earlier_ends;  ///< of blocks before those, as far as known; ascending
  Stamp stamp;
  VersionVector declared;  ///< all that the branch's own entries depend on
  VersionVector grants;    ///< from each origin, the last grant of rights to the branch
  /// Those that were touched since the snapshot before, in no order. A journal hands back those of
  /// all snapshots, each as it was last; what is not among them is as it opened.
  std::vector<AccountSnapshot> accounts;
  /// What all their changes moved, modulo 2^64: money in, money out, rights granted. Since it only
  /// grows, an account that is missing, or not as it was last, shows.
  std::uint64_t moved = 0;
  std::vector<Seal> seals;
  std::optional<Recovery> recovery;
  /// What happened since the snapshot before. A journal hands back those of all snapshots from the
  /// one of `pages_since` records on, in their order.
  std::vector<SessionPage> pages;
  std::uint64_t pages_since = 0;
  RetiredSessions retired;            ///< of this origin
  RetiredSessions retired_elsewhere;  ///< of all others

  bool operator==(const Snapshot&) const = default;
};

/// What a change adds to `Snapshot::moved`.
inline std::uint64_t moved_by(const Change& change) {
  return std::holds_alternative<Release>(change)
             ? 0
             : static_cast<std::uint64_t>(amount_of(change).minor);
}

/// `Snapshot::moved` of all accounts, as they are.
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

/// What a journal gives back to a branch that starts.
struct Recall {
  std::optional<Snapshot> snapshot;
  std::vector<Record> records;  ///< after the snapshot, in order
};

}  // namespace passbook
