// SPDX-License-Identifier: Apache-2.0
// A history: what happened in a bank, from the participants' point of view, without anything that
// the judged code derived. It holds no vectors, dependencies or rights; judges derive their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"

namespace passbook::history {

/// An account that exists from the start.
struct Account {
  AccountId id;
  Money opening;
  Money limit;  ///< how far below zero it may go, ≥ 0
  bool operator==(const Account&) const = default;
};

/// The bank before anything happened. Both lists are ascending.
struct Bank {
  std::vector<BranchId> branches;
  std::vector<Account> accounts;
  bool operator==(const Bank&) const = default;
};

enum class Kind : std::uint8_t {
  query,
  deposit,
  withdraw,
  abandon,  ///< gives up the write with that id
};

/// How many branches must have a write, durably, before it is acknowledged.
enum class Level : std::uint8_t { local, majority, all };

/// Which session guarantees the customer asked for.
struct Wanted {
  bool read_your_writes = false;
  bool monotonic_writes = false;
  bool monotonic_reads = false;
  bool writes_follow_reads = false;
  bool operator==(const Wanted&) const = default;
};

/// How a call ended. All except `ok`, `unconfirmed` and `unanswered` promise that this call did
/// nothing.
enum class Result : std::uint8_t {
  ok,
  insufficient_funds,
  unavailable,
  unconfirmed,  ///< the write stands, on fewer branches than asked for
  unknown_account,
  bad_amount,
  overflow,
  invalid_passbook,
  request_id_reused,
  too_old,
  lost_write,
  disk_full,
  unknown,       ///< it may have taken effect, or may yet
  abandoned,     ///< it was given up and will never have an effect
  wrong_origin,  ///< its origin has ended and it will never have an effect
  session_too_new,
  resource_exhausted,
  unanswered,  ///< the caller got no answer
};

// Events of clients. A client has one call at a time.

/// A call is made, the first for its request or a repeated one.
struct Invoked {
  ClientId client;    ///< the caller
  RequestId request;  ///< the same in every call for one write; may name another client's
  BranchId branch;    ///< the called branch
  Kind kind = Kind::query;
  AccountId account;
  Money amount;  ///< 0 for a query
  Wanted wanted;
  Level level = Level::all;
  Instant deadline;
  bool operator==(const Invoked&) const = default;
};

/// The client's call has ended.
struct Answered {
  ClientId client;
  RequestId request;
  Result result = Result::ok;
  std::optional<Money> balance;  ///< the balance in the answer
  std::uint32_t confirmed = 0;   ///< how many branches hold the write, according to the answer
  std::optional<std::vector<BranchId>> unreached;  ///< the missing branches, according to the
                                                   ///< answer
  bool operator==(const Answered&) const = default;
};

// Events of branches. From Started to the next Crashed, Stopped or Started it is one process.

/// A process of the branch begins. It has the first `entries` of the entries that its incarnation
/// had applied before; a new incarnation has none.
struct Started {
  BranchId branch;
  Incarnation incarnation;
  std::uint64_t entries = 0;
  bool operator==(const Started&) const = default;
};

/// A call has reached the branch. It is of use until its deadline.
struct Arrived {
  BranchId branch;
  RequestId request;
  Instant deadline;
  bool operator==(const Arrived&) const = default;
};

/// One account's part in a change of money: the balance, and the origin's rights with it.
struct MoneyLeg {
  AccountId account;
  Money change;  ///< > 0 comes in, < 0 goes out
  bool operator==(const MoneyLeg&) const = default;
};

/// Rights that move from one origin to another.
struct RightsLeg {
  AccountId account;
  Origin from;
  Origin to;
  Money amount;
  bool operator==(const RightsLeg&) const = default;
};

using Leg = std::variant<MoneyLeg, RightsLeg>;

/// The branch has an entry from now on: it accepted its own entry, or applied one that another
/// branch had accepted.
struct Applied {
  BranchId branch;
  EntryId entry;
  std::optional<RequestId> request;  ///< the write that it answers; none if only rights move
  std::vector<Leg> legs;
  Money balance;  ///< the balance of the first leg's account at this replica, after the entry
  bool operator==(const Applied&) const = default;
};

/// The entries that the branch accepted from `first` to `last` travel as one block. Others apply it
/// after all positions that it names, and all that its log had named before.
struct Grouped {
  BranchId branch;
  EntryId first;
  Sequence last;
  std::vector<EntryId> after;
  bool operator==(const Grouped&) const = default;
};

/// The first `entries` entries that this incarnation of the branch has applied are on its disk.
struct Synced {
  BranchId branch;
  std::uint64_t entries = 0;
  bool operator==(const Synced&) const = default;
};

/// The branch makes an answer, which may leave later, or never.
struct Replied {
  BranchId branch;
  RequestId request;
  Result result = Result::ok;
  std::optional<Money> balance;
  bool operator==(const Replied&) const = default;
};

/// The process ended without notice.
struct Crashed {
  BranchId branch;
  bool operator==(const Crashed&) const = default;
};

/// The process ended itself, because it could not go on.
struct Stopped {
  BranchId branch;
  std::string why;
  bool operator==(const Stopped&) const = default;
};

/// The process pauses, and later resumes.
struct Paused {
  BranchId branch;
  bool operator==(const Paused&) const = default;
};
struct Resumed {
  BranchId branch;
  bool operator==(const Resumed&) const = default;
};

/// The contents of the branch's disk are gone, or an old copy has replaced them.
struct DiskLost {
  BranchId branch;
  bool operator==(const DiskLost&) const = default;
};

/// From here on, `branch` names a second process of `of`, on a disk of its own. It first records
/// the entries that it took over, as if it had applied them.
struct Twin {
  BranchId branch;
  BranchId of;
  std::optional<Incarnation> recovered;  ///< the incarnation, if a recovery made it although
                                         ///< another recovery had made the same before
  bool operator==(const Twin&) const = default;
};

/// The branch reports that the log of `of` has more than one history.
struct Forked {
  BranchId branch;
  BranchId of;
  bool operator==(const Forked&) const = default;
};

// Events of the whole bank.

/// From now on nothing is disturbed.
struct FaultsOver {
  bool operator==(const FaultsOver&) const = default;
};

/// From now on nothing is disturbed, except that the bank is in parts. The branches of one part run
/// and can talk to each other, but not to other parts. A branch in no part does not run, or nothing
/// is known about it. This holds until the next Calm, or until a process begins, ends or is paused.
struct Calm {
  std::vector<std::vector<BranchId>> parts;
  bool operator==(const Calm&) const = default;
};

/// This client is not an honest customer. It makes up what it shows and sends.
struct MadeUp {
  ClientId client;
  bool operator==(const MadeUp&) const = default;
};

/// A branch's state of an account in the end.
struct Audited {
  struct Rights {
    Origin origin;
    Money rights;
    bool operator==(const Rights&) const = default;
  };
  BranchId branch;
  AccountId account;
  Money balance;
  std::vector<Rights> rights;  ///< may leave out zeros
  bool operator==(const Audited&) const = default;
};

/// The work of all branches together since the beginning. Only an observer of all of them, such
/// as the simulator, can record it.
struct Worked {
  std::uint64_t steps = 0;
  std::uint64_t idle_steps = 0;     ///< steps that took in nothing and did nothing
  std::uint64_t messages = 0;       ///< messages sent to peers
  std::uint64_t entries = 0;        ///< entries in these messages; one that is sent again counts
                                    ///< again
  std::uint64_t dials = 0;          ///< attempts to open a stream
  std::uint64_t streams = 0;        ///< streams that were opened
  std::uint64_t open = 0;           ///< streams open now
  std::uint64_t ended_silence = 0;  ///< streams that ended because nothing was heard on them
  std::uint64_t unfinished = 0;     ///< requests, claims and blocks that branches now remember
                                    ///< because they are not done with; 0 when all are
  bool operator==(const Worked&) const = default;
};

/// Nothing is recorded after this.
struct Ended {
  bool operator==(const Ended&) const = default;
};

using What = std::variant<Invoked, Answered, Started, Arrived, Applied, Synced, Replied, Crashed,
                          Stopped, Paused, Resumed, DiskLost, FaultsOver, Audited, Ended, Twin,
                          Forked, Worked, Calm, MadeUp, Grouped>;

/// One event.
struct Event {
  Instant at;  ///< on one clock for all processes; never earlier than the event
  What what;
  bool operator==(const Event&) const = default;
};

/// Ordered by time, with each process's events in their own order.
struct History {
  Bank bank;
  std::vector<Event> events;
  bool operator==(const History&) const = default;
};

/// One way in which a history breaks an invariant.
struct Violation {
  std::string invariant;            ///< its name: "exactly-once"
  std::string what;                 ///< one sentence, with names and amounts
  std::vector<std::size_t> events;  ///< indices in the history; the violation shows at the last one
  bool operator==(const Violation&) const = default;
};

}  // namespace passbook::history
