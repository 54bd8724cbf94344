// SPDX-License-Identifier: Apache-2.0
// The vocabulary of a branch's step: the events that go in and the effects that come out.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "branch/forks.h"
#include "protocol/customer_messages.h"
#include "protocol/operator_messages.h"
#include "protocol/peer_messages.h"
#include "protocol/records.h"

namespace passbook {

/// One call of a customer, named by the caller of step.
using CallId = StrongId<struct CallTag, std::uint64_t>;
/// One stream to a peer, named by the caller of step; never used twice.
using LinkId = StrongId<struct LinkTag, std::uint64_t>;

// Events.

/// A customer asks; the answer must be there by `deadline`. A retry of a write still in work joins
/// it, and each of its calls is answered when it ends.
struct Called {
  CallId call;
  Request request;
  Instant deadline;
};

/// A stream is open. `dialed` is the peer when this branch opened it.
struct LinkUp {
  LinkId link;
  std::optional<BranchId> dialed;
};

/// A stream broke or was closed, by either side.
struct LinkDown {
  LinkId link;
  std::string why{};  ///< for people
};

/// A stream that was asked for could not be opened.
struct DialFailed {
  BranchId peer;
  std::string why{};  ///< for people
};

/// A message came over a stream.
struct Received {
  LinkId link;
  Envelope envelope;
};

/// Someone who runs the bank asks.
struct OperatorCalled {
  CallId call;
  OperatorRequest request;
};

/// What was fetched from the journal for a peer.
struct Fetched {
  LinkId link;
  std::vector<Block> blocks;  ///< in the order of the journal
  std::uint64_t next = 0;     ///< the record where to go on; 0 when these were the last
};

/// How much space is left for the journal. Until this is heard, enough.
struct DiskChecked {
  DiskSpace space;
};

/// What the time of day is: at the start, and when the clock was set.
struct CalendarSet {
  std::uint64_t seconds = 0;  ///< since 1970
};

using Event = std::variant<Called, OperatorCalled, LinkUp, LinkDown, DialFailed, Received, Fetched,
                           DiskChecked, CalendarSet>;

// Observations: what happened, for whoever tells the story. They decide nothing.

struct RequestSeen {
  RequestId request;
  Operation operation;
  Instant deadline;
  Stamp sent{};   ///< by the customer's clock
  Stamp clock{};  ///< by this branch's, as in all that follow
};
/// An answer was made to a call.
struct Replied {
  RequestId request;
  Operation operation;
  Outcome outcome;
  std::optional<Money> balance;
  Stamp clock{};
};
struct Accepted {
  Entry entry;
  Money balance;                ///< after it
  std::vector<BranchId> peers;  ///< who will get it
};
struct Applied {
  Entry entry;
  Money balance;  ///< after it
  Stamp clock{};
};
struct Confirmed {
  EntryId entry;
  std::optional<RequestId> request;
  BranchId by;
};
struct RightsRequested {
  Priority priority;
  RequestId request;
  Money missing;
  std::vector<BranchId> peers;
};
/// A stream was refused; `why` names the peer. Of one outage, each reason is told once.
struct PeerRefused {
  std::string why;
};
/// A peer's stream is established.
struct PeerConnected {
  Origin peer;
};
/// It is no longer.
struct PeerLost {
  Origin peer;
  std::string why;
};
/// A stream to a peer could not be opened, or ended before the peer had said who it is. Of one
/// outage, each reason is told once.
struct PeerUnreachable {
  BranchId peer;
  std::string why;
};
/// There are two histories of a log.
struct ForkSeen {
  Fork fork;
};
/// A message arrived. Of `Blocks`, `clock` is the arrival of the first; the others follow it.
struct MessageReceived {
  BranchId from;
  Envelope envelope;
  Stamp clock;
};
/// A message goes out.
struct MessageSent {
  std::optional<BranchId> to;  ///< not known when it is the first word to one who dialed
  Envelope envelope;
};

using Observation =
    std::variant<RequestSeen, Replied, Accepted, Applied, Confirmed, RightsRequested, PeerRefused,
                 ForkSeen, PeerConnected, PeerLost, PeerUnreachable, MessageReceived, MessageSent>;

// Effects.

struct SendMessage {
  LinkId link;
  Envelope envelope;
  bool operator==(const SendMessage&) const = default;
};

struct AnswerCall {
  CallId call;
  Answer answer;
  bool operator==(const AnswerCall&) const = default;
};

struct AnswerOperator {
  CallId call;
  OperatorReply reply;
};

/// A peer lacks entries that are no longer in memory: read them from the journal (fetching.h).
struct Fetch {
  LinkId link;
  VersionVector after;      ///< what the peer has; the rest is wanted
  std::uint64_t first = 0;  ///< the record where to begin; 0 for the first that may be wanted
  std::size_t bytes = 0;    ///< read until the records have so many, one record at least
  std::size_t entries = 0;  ///< take blocks until they have so many, one at least
};

/// What must be done after a step. The order: `observations` at once; `persist` is handed to the
/// journal; and after it `snapshot`; `dials`, `closes` and `fetches` at once; `sends` and all
/// answers wait until everything persisted by this step and all steps before it is durable, and
/// leave in the order in which they stand here, after those of earlier steps.
struct Effects {
  std::vector<Record> persist;       ///< in order: replaying it rebuilds the branch
  std::optional<Snapshot> snapshot;  ///< of no more records than there are with those of this step
  std::vector<SendMessage> sends;
  std::vector<AnswerCall> answers;
  std::vector<AnswerOperator> operator_answers;
  std::vector<Fetch> fetches;
  std::vector<BranchId> dials;
  std::vector<LinkId> closes;
  std::vector<Observation> observations;
  Instant wake = kNever;            ///< step again then, if nothing happens before
  std::optional<std::string> stop;  ///< the branch can't go on; why. Then it says nothing more
};

}  // namespace passbook
