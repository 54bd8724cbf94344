// SPDX-License-Identifier: Apache-2.0
// What all judges need to know of a history, derived once: who had what when, by small numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lab/judges/history.h"
#include "lab/judges/numbering.h"

namespace passbook::history {

/// Which of the things that can happen an event is; in the order of `What`.
enum class Told : std::uint8_t {
  invoked,
  answered,
  started,
  arrived,
  applied,
  synced,
  replied,
  crashed,
  stopped,
  paused,
  resumed,
  disk_lost,
  faults_over,
  audited,
  ended,
  twin,
  forked,
  worked,
  calm,
  made_up,
  grouped,
};

/// Whether it disturbs a bank that was calm: something happens to a process or its disk.
constexpr bool disturbs(Told told) {
  switch (told) {
    case Told::started:
    case Told::crashed:
    case Told::stopped:
    case Told::paused:
    case Told::resumed:
    case Told::disk_lost:
      return true;
    default:
      return false;
  }
}

/// An event in short. What `link` leads to depends on the event: the call of a client's events,
/// the holding of Applied, the reply of Replied, the restart of Started.
struct Fact {
  Told told = Told::ended;
  Index actor = kNone;    ///< the branch, or the client
  Index request = kNone;  ///< that it concerns
  Index link = kNone;
};

struct BranchFacts {
  BranchId id;
  bool of_bank = false;
  /// From this event on its list is not known: the record of it has holes. 0 when it tells nothing.
  Index blind_from = 0;
  bool alive = false;         ///< at the end, as far as is known
  Index twin_of = kNone;      ///< the branch of which it is a second process
  bool forked = false;        ///< someone said that its log has more than one history
  Index last_start = kNone;   ///< the last Started
  std::vector<Index> events;  ///< all that the branch tells
  std::vector<Index> lives;   ///< its origins
};

struct OriginFacts {
  Origin id;
  Index branch = kNone;
  Index lost_from = kNone;    ///< since this event entries of it may be gone for good
  std::uint64_t kept = 0;     ///< the last of its entries that a living branch has at the end
  std::vector<Index> newest;  ///< by sequence: the newest entry of that number
};

struct AccountFacts {
  AccountId id;
  Money opening;
  Money limit;
  bool of_bank = false;
};

/// A leg by numbers. Money has no `from`; `to` is the origin of the entry.
struct Change {
  Index account = kNone;
  Index from = kNone;
  Index to = kNone;
  Money amount;

  bool moves_money() const { return from == kNone; }
  bool operator==(const Change&) const = default;
};

/// One content of an entry id. There is one for each, or the history is wrong, or a branch has
/// forgotten an entry that it had not yet synced, and given its number again.
struct EntryFacts {
  EntryId id;
  Index origin = kNone;
  Index request = kNone;
  Index first = kNone;            ///< the first event that tells of it
  Index accepted = kNone;         ///< the first event at its origin
  Index older = kNone;            ///< another content of the same id
  Index next_of_request = kNone;  ///< an older entry of the same request
};

/// A replica has an entry, from `event` on until `gone`.
struct Holding {
  Index event = kNone;
  Index branch = kNone;
  Index entry = kNone;
  Index synced = kNone;   ///< the event from which on it is on disk
  Index gone = kNone;     ///< the Started whose process does not have it any more
  bool accepted = false;  ///< here, rather than elsewhere
};

struct RequestFacts {
  Index owner = kNone;  ///< the client that it names
  Index home = kNone;   ///< the branch that it names
  Index first_call = kNone;
  Index last_call = kNone;
  Index last_reply = kNone;
  Index last_entry = kNone;
};

struct Call {
  Index client = kNone;
  Index request = kNone;
  Index branch = kNone;
  Index invoked = kNone;
  Index answered = kNone;
  Index reply = kNone;     ///< that the answer shows: same branch, result and balance
  bool ambiguous = false;  ///< other replies may be meant as well
  Index previous = kNone;  ///< the call before, of the same request
};

struct Reply {
  Index event = kNone;
  Index branch = kNone;
  Index request = kNone;
  Index origin = kNone;    ///< what the branch was then
  Index top = kNone;       ///< the last holding in the branch's list
  Index call = kNone;      ///< a call whose answer shows it
  Index previous = kNone;  ///< the reply before, of the same request
};

/// A process begins. What its list lost against the one before: a range of `undone`.
struct Restart {
  Index origin = kNone;
  bool same_disk = true;  ///< the incarnation is that of before
  std::size_t first = 0;
  std::size_t count = 0;
};

/// A history with everything in it numbered. The history must outlive it.
class Timeline {
 public:
  explicit Timeline(const History& of);

  const History& history;
  std::vector<Fact> facts;  ///< one for each event

  std::vector<BranchFacts> branches;  ///< those of the bank first, ascending
  Index of_bank = 0;                  ///< how many of them are of the bank
  std::vector<OriginFacts> origins;   ///< the first incarnations of the bank's branches first
  std::vector<AccountFacts> accounts;
  std::vector<EntryFacts> entries;
  std::vector<RequestFacts> requests;
  std::vector<Call> calls;
  std::vector<Reply> replies;
  std::vector<Holding> holdings;  ///< in the order of events
  std::vector<Restart> restarts;
  Numbering<AccountId> account_numbers;
  Numbering<ClientId> clients;
  Numbering<RequestId> request_ids;
  std::vector<bool> client_calls;  ///< by client: whether the history has calls of it
  std::vector<bool> made_up;       ///< by client: whether it is no honest customer

  Index faults_over = kNone;
  Index ended = kNone;

  std::span<const Change> changes(Index entry) const;
  /// Where an entry is or was held, in the order of time.
  std::span<const Index> holders(Index entry) const;
  /// The holdings that a Started undoes, the last one first.
  std::span<const Index> undone(Index event) const;
  /// Whether the history has a call for the request by the client that it names.
  bool owner_calls(const RequestFacts& request) const;

  /// Whether anything of a kind is told.
  bool tells(Told kind) const;
  /// How many branches must have a write before it is acknowledged.
  std::size_t wanted_holders(Level level) const;
  /// What a branch of the bank, by its number, may withdraw of an account in the beginning: equal
  /// shares; what is left over goes, one unit each, to the first branches.
  Money first_rights(const AccountFacts& account, Index branch) const;

  /// Whether the list of a branch is known at an event.
  bool sees(Index branch, Index event) const { return event < branches[branch].blind_from; }
  /// Whether all that the bank's branches did is known.
  bool sees_all() const;
  /// Whether every replica that ever had the entry has it no more.
  bool vanished(Index entry) const;
  /// Whether no process that lives at the end has it.
  bool is_gone(Index entry) const;

  /// Two entries that differ in nothing. Two histories of a log may have the same content at the
  /// same place, and no history of the bank says which of them someone applied.
  bool alike(Index one, Index other) const;
  /// Another content of the same entry id that is or was somewhere else, or kNone. An entry that
  /// its branch forgot before anyone had heard of it leaves its number free.
  Index conflicting(const EntryFacts& entry) const;

  /// The branch that a second process is of; else the branch itself.
  Index named(Index branch) const {
    return branches[branch].twin_of == kNone ? branch : branches[branch].twin_of;
  }
  /// Whether a branch ever had two processes.
  bool has_twins() const;
  /// Whether anyone ever said that a log has more than one history.
  bool has_forks() const;
  /// Whether an entry is of a log of which someone said so; or only a second process of its branch
  /// ever had it, and nobody else could know. More than one content of it is then no surprise, and
  /// what becomes of it is open.
  bool disputed(const EntryFacts& entry) const;

  /// Another content of the same entry id, which somebody could have noticed and nobody has, or
  /// kNone. What nobody has any more can be compared with nothing.
  Index unnoticed_conflict(const EntryFacts& entry) const;

  /// Whether calls of one id ask for different things, so that it can't be said what a reply is to.
  bool bodies_differ(const RequestFacts& request) const;

  /// Whether a call asks for something that can be done, with at least so much time, and for
  /// itself.
  bool is_fair(const Call& call, Duration time) const;

  /// kNone when the history does not speak of it.
  Index origin_number(const Origin& id) const;
  Index event_count() const { return static_cast<Index>(facts.size()); }
  Instant at(Index event) const { return history.events[event].at; }
  /// What happened, which must be a `T`.
  template <class T>
  const T& get(Index event) const {
    return std::get<T>(history.events[event].what);
  }
  const Invoked& invoked(const Call& call) const { return get<Invoked>(call.invoked); }
  /// The last moment that the history tells of.
  Instant end() const;

 private:
  friend class TimelineBuilder;

  Numbering<BranchId> branch_numbers_;
  std::vector<Change> changes_;
  std::vector<Index> first_change_;  // by entry, and one more
  std::vector<Index> holders_;
  std::vector<Index> first_holder_;  // by entry, and one more
  std::vector<Index> undone_;
};

/// A sum that wraps around: what is judged may be any nonsense.
inline Money wrapping_sum(Money a, Money b) {
  return Money{static_cast<std::int64_t>(static_cast<std::uint64_t>(a.minor) +
                                         static_cast<std::uint64_t>(b.minor))};
}
inline Money wrapping_difference(Money a, Money b) {
  return Money{static_cast<std::int64_t>(static_cast<std::uint64_t>(a.minor) -
                                         static_cast<std::uint64_t>(b.minor))};
}
/// An instant that is not later than kNever.
inline Instant later(Instant at, Duration by) { return at > kNever - by ? kNever : at + by; }

inline bool is_write(Kind kind) { return kind == Kind::deposit || kind == Kind::withdraw; }
/// Whether the result says that the write stands.
inline bool stands(Result result) { return result == Result::ok || result == Result::unconfirmed; }
/// Whether the result says that what can be done was not done, or not for certain.
inline bool failed(Result result) {
  return result == Result::unavailable || result == Result::unconfirmed ||
         result == Result::unanswered || result == Result::disk_full || result == Result::unknown;
}
inline bool same_body(const Invoked& a, const Invoked& b) {
  return a.kind == b.kind && a.account == b.account && a.amount == b.amount;
}

}  // namespace passbook::history
