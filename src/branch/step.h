// SPDX-License-Identifier: Apache-2.0
// The events that go into a branch's step, and the effects that come out.
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

/// One customer call. The caller of step chooses the id.
using CallId = StrongId<struct CallTag, std::uint64_t>;
/// One stream to a peer. The caller of step chooses the id and never uses it twice.
using LinkId = StrongId<struct LinkTag, std::uint64_t>;

// Events.

/// A customer's request; the answer must arrive by `deadline`. A retry of a write still in work
/// joins it, and each of its calls is answered when it ends.
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

/// A dial failed.
struct DialFailed {
  BranchId peer;
  std::string why{};  ///< for people
};

/// A message arrived on a stream.
struct Received {
  LinkId link;
  Envelope envelope;
};

/// An operator's request.
struct OperatorCalled {
  CallId call;
  OperatorRequest request;
};

/// Blocks fetched from the journal for a peer.
struct Fetched {
  LinkId link;
  std::vector<Block> blocks;  ///< in the order of the journal
  std::uint64_t next = 0;     ///< the record at which to go on; 0 if these blocks were the last
};

/// The space left for the journal. Until the first such event, it counts as enough.
struct DiskChecked {
  DiskSpace space;
};

/// The time of day, sent at the start and whenever the clock was set.
struct CalendarSet {
  std::uint64_t seconds = 0;  ///< since 1970
};

using Event = std::variant<Called, OperatorCalled, LinkUp, LinkDown, DialFailed, Received, Fetched,
                           DiskChecked, CalendarSet>;

// Observations: a report of the events, for display. They affect no decision.

struct RequestSeen {
  RequestId request;
  Operation operation;
  Instant deadline;
  Stamp sent{};   ///< time on the customer's clock
  Stamp clock{};  ///< time on this branch's clock, as in all that follow
};
/// A call was answered.
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
  std::vector<BranchId> peers;  ///< the peers it will be sent to
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
/// A stream was refused; `why` names the peer. Each reason is reported once per outage.
struct PeerRefused {
  std::string why;
};
/// A peer's stream was established.
struct PeerConnected {
  Origin peer;
};
/// A peer's stream ended.
struct PeerLost {
  Origin peer;
  std::string why;
};
/// A stream to a peer could not be opened, or ended before the peer's Hello. Each reason is
/// reported once per outage.
struct PeerUnreachable {
  BranchId peer;
  std::string why;
};
/// A log has two histories.
struct ForkSeen {
  Fork fork;
};
/// A message arrived. For `Blocks`, `clock` is the arrival of the first block; the others follow
/// it.
struct MessageReceived {
  BranchId from;
  Envelope envelope;
  Stamp clock;
};
/// A message was sent.
struct MessageSent {
  std::optional<BranchId> to;  ///< empty for the first message to a peer that dialed
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
  VersionVector after;      ///< the peer's positions; everything after them is wanted
  std::uint64_t first = 0;  ///< the record at which to begin; 0 for the first that may be wanted
  std::size_t bytes = 0;    ///< read until the records have this many bytes, at least one record
  std::size_t entries = 0;  ///< take blocks until they have this many entries, at least one block
};

/// The actions to carry out after a step, in this order. `observations` at once. `persist` goes to
/// the journal, and after it `snapshot`. `dials`, `closes` and `fetches` at once. `sends` and all
/// answers wait until everything persisted by this step and all earlier ones is durable. They leave
/// in the order given here, after those of earlier steps.
struct Effects {
  std::vector<Record> persist;       ///< in order; replaying them rebuilds the branch
  std::optional<Snapshot> snapshot;  ///< covers no records beyond those of this step
  std::vector<SendMessage> sends;
  std::vector<AnswerCall> answers;
  std::vector<AnswerOperator> operator_answers;
  std::vector<Fetch> fetches;
  std::vector<BranchId> dials;
  std::vector<LinkId> closes;
  std::vector<Observation> observations;
  Instant wake = kNever;  ///< when to step again if there is no event before
  /// Set if the branch must stop: why; then it sends nothing more.
  std::optional<std::string> stop;
};

}  // namespace passbook
