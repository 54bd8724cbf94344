// SPDX-License-Identifier: Apache-2.0
// A history: what happened in a bank, as those to whom it happened would tell it, and nothing of
// what the code that is judged made of it. No vector, no dependency and no right is in it: judges
// derive their own.
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

/// An account that is there from the start.
struct Account {
  AccountId id;
  Money opening;
  Money limit;  ///< how far below zero it may go, ≥ 0
  bool operator==(const Account&) const = default;
};

/// What the bank was before anything happened. Both lists ascending.
struct Bank {
  std::vector<BranchId> branches;
  std::vector<Account> accounts;
  bool operator==(const Bank&) const = default;
};

enum class Kind : std::uint8_t {
  query,
  deposit,
  withdraw,
  abandon,  ///< of the write with that id
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

/// How a call ended. All but `ok`, `unconfirmed` and `unanswered` promise that nothing was done.
enum class Result : std::uint8_t {
  ok,
  insufficient_funds,
  unavailable,
  unconfirmed,  ///< the write stands, on fewer branches than were asked for
  unknown_account,
  bad_amount,
  overflow,
  invalid_passbook,
  request_id_reused,
  too_old,
  lost_write,
  disk_full,
  unknown,       ///< it may have taken effect, or may yet
  abandoned,     ///< it was given up, and never will
  wrong_origin,  ///< its origin is over, and it never will
  session_too_new,
  resource_exhausted,
  unanswered,  ///< the caller was told nothing
};

// What a client does. One client has one call at a time.

/// A call is made: the first of its request, or another of the same.
struct Invoked {
  ClientId client;    ///< who calls
  RequestId request;  ///< the same in every call for one write; may name another client's
  BranchId branch;    ///< that is called
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
  std::optional<Money> balance;  ///< that was shown
  std::uint32_t confirmed = 0;   ///< branches that hold the write, as the answer says
  std::optional<std::vector<BranchId>> unreached;  ///< who was missing, as the answer says
  bool operator==(const Answered&) const = default;
};

// What a branch does. Between Started and the next Crashed, Stopped or Started it is one process.

/// A process of the branch begins. Of what its incarnation had applied before, it has the first
/// `entries`; a new incarnation has none.
struct Started {
  BranchId branch;
  Incarnation incarnation;
  std::uint64_t entries = 0;
  bool operator==(const Started&) const = default;
};

/// A call has reached the branch; it is of use until the deadline.
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

/// Rights that go from one to another.
struct RightsLeg {
  AccountId account;
  Origin from;
  Origin to;
  Money amount;
  bool operator==(const RightsLeg&) const = default;
};

using Leg = std::variant<MoneyLeg, RightsLeg>;

/// The branch has an entry from now on: it accepted it, when it is the entry's origin, or applied
/// what another had accepted.
struct Applied {
  BranchId branch;
  EntryId entry;
  std::optional<RequestId> request;  ///< the write that it answers; none when only rights move
  std::vector<Leg> legs;
  Money balance;  ///< of the first leg's account, as this replica has it after the entry
  bool operator==(const Applied&) const = default;
};

/// What the branch accepted from `first` to `last` goes to the others as one; they apply it after
/// all that it names, and what its log had named before.
struct Grouped {
  BranchId branch;
  EntryId first;
  Sequence last;
  std::vector<EntryId> after;
  bool operator==(const Grouped&) const = default;
};

/// The first so many entries that this incarnation of the branch has applied are on its disk.
struct Synced {
  BranchId branch;
  std::uint64_t entries = 0;
  bool operator==(const Synced&) const = default;
};

/// The branch makes an answer. It may leave later, or never.
struct Replied {
  BranchId branch;
  RequestId request;
  Result result = Result::ok;
  std::optional<Money> balance;
  bool operator==(const Replied&) const = default;
};

/// The process ended without a word.
struct Crashed {
  BranchId branch;
  bool operator==(const Crashed&) const = default;
};

/// The process ended itself, since it could not go on.
struct Stopped {
  BranchId branch;
  std::string why;
  bool operator==(const Stopped&) const = default;
};

/// The process stands still, and goes on.
struct Paused {
  BranchId branch;
  bool operator==(const Paused&) const = default;
};
struct Resumed {
  BranchId branch;
  bool operator==(const Resumed&) const = default;
};

/// What the branch had on its disk is gone, or is an old copy from now on.
struct DiskLost {
  BranchId branch;
  bool operator==(const DiskLost&) const = default;
};

/// From here on, `branch` is the name of a second process of `of`, on a disk of its own. What it
/// took over it tells first, as if it had applied it.
struct Twin {
  BranchId branch;
  BranchId of;
  std::optional<Incarnation> recovered;  ///< a recovery made it, as another had made this before
  bool operator==(const Twin&) const = default;
};

/// The branch says that there is more than one history of the log of `of`.
struct Forked {
  BranchId branch;
  BranchId of;
  bool operator==(const Forked&) const = default;
};

// What concerns all.

/// From now on nothing is disturbed any more.
struct FaultsOver {
  bool operator==(const FaultsOver&) const = default;
};

/// From now on nothing is disturbed, but that the bank is in parts: the branches of one part run
/// and can speak with each other, those of different parts can't speak, and those of none don't
/// run, or nothing is said of them. It lasts until the next of these, or until a process is told to
/// begin, to end or to stand still.
struct Calm {
  std::vector<std::vector<BranchId>> parts;
  bool operator==(const Calm&) const = default;
};

/// What this client shows and sends is not what it was given: it is no honest customer.
struct MadeUp {
  ClientId client;
  bool operator==(const MadeUp&) const = default;
};

/// What a branch says of an account when all is over.
struct Audited {
  struct Rights {
    Origin origin;
    Money rights;
    bool operator==(const Rights&) const = default;
  };
  BranchId branch;
  AccountId account;
  Money balance;
  std::vector<Rights> rights;  ///< those that are not zero may be all
  bool operator==(const Audited&) const = default;
};

/// What all branches together have done since the beginning, as someone tells who sees all of it.
struct Worked {
  std::uint64_t steps = 0;
  std::uint64_t idle_steps = 0;     ///< of these, with nothing to take in and nothing to do
  std::uint64_t messages = 0;       ///< sent to peers
  std::uint64_t entries = 0;        ///< in these messages; one that is sent again counts again
  std::uint64_t dials = 0;          ///< streams that someone wanted to open
  std::uint64_t streams = 0;        ///< that were opened
  std::uint64_t open = 0;           ///< of these, open now
  std::uint64_t ended_silence = 0;  ///< of these, ended since nothing was heard on them
  bool operator==(const Worked&) const = default;
};

/// Nothing is recorded after this.
struct Ended {
  bool operator==(const Ended&) const = default;
};

using What = std::variant<Invoked, Answered, Started, Arrived, Applied, Synced, Replied, Crashed,
                          Stopped, Paused, Resumed, DiskLost, FaultsOver, Audited, Ended, Twin,
                          Forked, Worked, Calm, MadeUp, Grouped>;

/// One thing that happened.
struct Event {
  Instant at;  ///< on one clock for all; what a process tells of is never told before it happened
  What what;
  bool operator==(const Event&) const = default;
};

/// In the order of time; what one process did is in its own order.
struct History {
  Bank bank;
  std::vector<Event> events;
  bool operator==(const History&) const = default;
};

/// One way in which a history breaks an invariant.
struct Violation {
  std::string invariant;            ///< its name: "exactly-once"
  std::string what;                 ///< one sentence, with names and amounts
  std::vector<std::size_t> events;  ///< where in the history; the last one is where it shows
  bool operator==(const Violation&) const = default;
};

}  // namespace passbook::history
