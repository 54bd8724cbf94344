// SPDX-License-Identifier: Apache-2.0
// A history prepared for the judges: who had which entry when, with small numbers for names.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lab/judges/history.h"
#include "lab/judges/numbering.h"

namespace passbook::history {

/// The kind of an event, in the order of `What`.
enum class EventKind : std::uint8_t {
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

/// Whether the event disturbs a calm bank: something happens to a process or its disk.
constexpr bool disturbs(EventKind kind) {
  switch (kind) {
    case EventKind::started:
    case EventKind::crashed:
    case EventKind::stopped:
    case EventKind::paused:
    case EventKind::resumed:
    case EventKind::disk_lost:
      return true;
    default:
      return false;
  }
}

/// An event in short. `link` is the call for a client's events, the holding for Applied, the reply
/// for Replied, and the restart for Started.
struct Fact {
  EventKind kind = EventKind::ended;
  Index actor = kNone;    ///< the branch or the client
  Index request = kNone;  ///< the request that it concerns
  Index link = kNone;
};

struct BranchFacts {
  BranchId id;
  bool of_bank = false;
  /// From this event on its list is unknown, because its record has holes. 0 if it recorded
  /// nothing.
  Index blind_from = 0;
  bool alive = false;         ///< whether it lives at the end, as far as is known
  Index twin_of = kNone;      ///< the branch, if this is a second process of it
  bool forked = false;        ///< someone reported that its log has more than one history
  Index last_start = kNone;   ///< its last Started
  std::vector<Index> events;  ///< all events that the branch recorded
  std::vector<Index> origins;
};

struct OriginFacts {
  Origin id;
  Index branch = kNone;
  Index lost_from = kNone;    ///< from this event on, entries of it may be gone for good
  std::uint64_t kept = 0;     ///< the last of its entries that a living branch has in the end
  std::vector<Index> newest;  ///< by sequence: the newest entry of that number
};

struct AccountFacts {
  AccountId id;
  Money opening;
  Money limit;
  bool of_bank = false;
};

/// A leg with numbers for names. Money has no `from`; `to` is the entry's origin.
struct Change {
  Index account = kNone;
  Index from = kNone;
  Index to = kNone;
  Money amount;

  bool moves_money() const { return from == kNone; }
  bool operator==(const Change&) const = default;
};

/// One content of an entry id. An id has one content, unless the history is wrong, or a branch
/// forgot an unsynced entry and used its number again.
struct EntryFacts {
  EntryId id;
  Index origin = kNone;
  Index request = kNone;
  Index first = kNone;            ///< the first event that mentions it
  Index accepted = kNone;         ///< the first event at its origin
  Index older = kNone;            ///< another content of the same id
  Index next_of_request = kNone;  ///< an older entry of the same request
};

/// A replica has an entry, from `event` on until `gone`.
struct Holding {
  Index event = kNone;
  Index branch = kNone;
  Index entry = kNone;
  Index synced = kNone;   ///< the event from which it is on disk
  Index gone = kNone;     ///< the Started whose process no longer has it
  bool accepted = false;  ///< whether it was accepted here
};

struct RequestFacts {
  Index owner = kNone;  ///< the client in its id
  Index home = kNone;   ///< the branch in its id
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
  Index reply = kNone;     ///< the reply that the answer shows: same branch, result and balance
  bool ambiguous = false;  ///< whether other replies match as well
  Index previous = kNone;  ///< the previous call of the same request
};

struct Reply {
  Index event = kNone;
  Index branch = kNone;
  Index request = kNone;
  Index origin = kNone;    ///< the branch's origin at the time
  Index top = kNone;       ///< the last holding in the branch's list
  Index call = kNone;      ///< a call whose answer shows it
  Index previous = kNone;  ///< the previous reply to the same request
};

/// A process begins. A range of `undone` lists what it lost compared with the previous one.
struct Restart {
  Index origin = kNone;
  bool same_disk = true;  ///< whether the incarnation is the same as before
  std::size_t first = 0;
  std::size_t count = 0;
};

/// A history with everything in it numbered. The history must outlive the timeline.
class Timeline {
 public:
  explicit Timeline(const History& of);

  const History& history;
  std::vector<Fact> facts;  ///< one for each event

  std::vector<BranchFacts> branches;  ///< the bank's branches first, ascending
  Index of_bank = 0;                  ///< how many of them belong to the bank
  std::vector<OriginFacts> origins;   ///< the first incarnations of the bank's branches first
  std::vector<AccountFacts> accounts;
  std::vector<EntryFacts> entries;
  std::vector<RequestFacts> requests;
  std::vector<Call> calls;
  std::vector<Reply> replies;
  std::vector<Holding> holdings;  ///< in order of events
  std::vector<Restart> restarts;
  Numbering<AccountId> account_numbers;
  Numbering<ClientId> clients;
  Numbering<RequestId> request_ids;
  std::vector<bool> client_calls;  ///< by client: whether the history has its calls
  std::vector<bool> made_up;       ///< by client: whether it is dishonest

  Index faults_over = kNone;
  Index ended = kNone;

  std::span<const Change> changes(Index entry) const;
  /// The holdings of an entry, past and present, in order of time.
  std::span<const Index> holders(Index entry) const;
  /// The holdings that a Started undoes, last one first.
  std::span<const Index> undone(Index event) const;
  /// Whether the history has a call for the request by the client in its id.
  bool owner_calls(const RequestFacts& request) const;

  /// Whether the history has an event of this kind.
  bool has_any(EventKind kind) const;
  /// How many branches must have a write before it is acknowledged.
  std::size_t wanted_holders(Level level) const;
  /// The rights to an account that a branch of the bank begins with: equal shares, and leftover
  /// units go one each to the first branches.
  Money first_rights(const AccountFacts& account, Index branch) const;

  /// Whether a branch's list is known at an event.
  bool sees(Index branch, Index event) const { return event < branches[branch].blind_from; }
  /// Whether the history is complete for all branches of the bank.
  bool sees_all() const;
  /// Whether every replica that ever had the entry no longer has it.
  bool no_replica_has(Index entry) const;
  /// Whether no process that lives in the end has it.
  bool no_living_replica_has(Index entry) const;

  /// Whether two entries are indistinguishable. Two histories of a log may have the same content at
  /// the same place, and nothing recorded says which of them was applied.
  bool indistinguishable(Index one, Index other) const;
  /// Another content of the same entry id that is or was somewhere else, or kNone. An entry that
  /// its branch forgot before anyone heard of it leaves its number free.
  Index conflicting(const EntryFacts& entry) const;

  /// The branch to which a second process belongs, or the branch itself.
  Index named(Index branch) const {
    return branches[branch].twin_of == kNone ? branch : branches[branch].twin_of;
  }
  /// Whether a branch ever had two processes.
  bool has_twins() const;
  /// Whether anyone ever reported that a log has more than one history.
  bool has_forks() const;
  /// Whether someone reported more than one history of the entry's log, or only a second process of
  /// its branch ever had it, so that nobody else could know. It may then have several contents, and
  /// anything may become of it.
  bool disputed(const EntryFacts& entry) const;

  /// Another content of the same entry id that somebody could have noticed but nobody did, or
  /// kNone. A content that no longer exists anywhere can't be compared.
  Index unnoticed_conflict(const EntryFacts& entry) const;

  /// Whether calls with this id have different bodies, so that a reply can't be assigned to one.
  bool bodies_differ(const RequestFacts& request) const;

  /// Whether a call is honest, has at least this much time, and asks for something that can be
  /// done.
  bool is_fair(const Call& call, Duration time) const;

  /// kNone if the history does not mention it.
  Index origin_number(const Origin& id) const;
  Index event_count() const { return static_cast<Index>(facts.size()); }
  Instant at(Index event) const { return history.events[event].at; }
  /// The event's content, which must be a `T`.
  template <class T>
  const T& get(Index event) const {
    return std::get<T>(history.events[event].what);
  }
  const Invoked& invoked(const Call& call) const { return get<Invoked>(call.invoked); }
  /// The last moment in the history.
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

/// A sum that wraps around, because the judged amounts may be nonsense.
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
/// Whether the result says that a feasible request was not done, or not for certain.
inline bool failed(Result result) {
  return result == Result::unavailable || result == Result::unconfirmed ||
         result == Result::unanswered || result == Result::disk_full || result == Result::unknown;
}
inline bool same_body(const Invoked& a, const Invoked& b) {
  return a.kind == b.kind && a.account == b.account && a.amount == b.amount;
}

}  // namespace passbook::history
