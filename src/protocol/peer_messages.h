// SPDX-License-Identifier: Apache-2.0
// The messages between branches. They travel in order, over one stream per pair.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "causal/version_vector.h"
#include "ledger/block.h"
#include "protocol/customer_messages.h"
#include "protocol/records.h"

namespace passbook {

/// The first message on every stream, from both sides.
struct Hello {
  BankId bank;
  Origin from;
  std::vector<TaggedPosition> have;  ///< how far the sender has applied each log, durably;
                                     ///< ascending
  std::vector<Seal> seals;           ///< all seals that it knows
  ProcessId process;                 ///< the sender's process
  bool operator==(const Hello&) const = default;
};

/// Blocks of any origins, in causal order, each origin's without gaps.
struct Blocks {
  std::vector<Block> blocks;
  bool operator==(const Blocks&) const = default;
};

/// A branch has applied an origin's log this far, durably.
struct Report {
  Origin by;  ///< the branch in its current incarnation; reports of earlier ones are void
  TaggedPosition position;
  ProcessId process{};  ///< the branch's process: a second process may have what this one lacks
  bool operator==(const Report&) const = default;
};

/// The sender's own progress and that of others, for peers that wait to hear of it: everything new
/// since the last one on this stream.
struct Progress {
  std::vector<TaggedPosition> own;
  std::vector<Report> reports;
  /// How far all branches have some logs, according to the logs' origins.
  std::vector<TaggedPosition> everywhere{};
  bool operator==(const Progress&) const = default;
};

/// The age of a claim on an account. The smaller is older, and goes first at every branch.
struct Priority {
  Stamp stamp;  ///< when the request came in
  BranchId branch;
  constexpr auto operator<=>(const Priority&) const = default;
};

/// Asks for rights that a claim lacks. It stands at the receiver until it is met, cancelled or
/// expired. A later request of the same priority replaces an earlier one.
struct RightsRequest {
  AccountId account;
  Priority priority;
  Money missing;      ///< > 0
  Duration stands{};  ///< from when it is received
  /// How much of the receiver's log the sender has applied. Grants beyond that are on their way,
  /// and not missing.
  Sequence applied{};
  bool operator==(const RightsRequest&) const = default;
};

/// The claim was settled or given up.
struct RightsRequestCancelled {
  AccountId account;
  Priority priority;
  bool operator==(const RightsRequestCancelled&) const = default;
};

/// Asks how much deposits have brought in at the receiver.
struct TotalsRequest {
  AccountId account;
  Priority priority;  ///< the claim that the proof is for
  std::uint64_t round = 0;
  bool operator==(const TotalsRequest&) const = default;
};

/// `incoming` is read after the request was received. 0 if the sender does not know the account.
struct TotalsReply {
  AccountId account;
  Priority priority;
  std::uint64_t round = 0;
  Money incoming;
  bool operator==(const TotalsReply&) const = default;
};

/// Asks for rights ahead of need. The receiver grants what it can spare, up to `amount`, or
/// nothing.
struct RebalanceRequest {
  AccountId account;
  Money amount;  ///< > 0
  bool operator==(const RebalanceRequest&) const = default;
};

/// Asks what became of a write whose id names the receiver. If the receiver knows nothing of the
/// write, it decides that it will never have an effect, and then answers. Without `change` it does
/// so even if the write is still in work.
struct OutcomeRequest {
  RequestId request;
  std::optional<Change> change;  ///< the change that the write asks for; none to give it up
  Duration stands{};             ///< how long the answer is of use
  std::uint64_t question = 0;    ///< tells this question from an earlier one about the same id
  bool operator==(const OutcomeRequest&) const = default;
};

/// The answer to an `OutcomeRequest`, sent once the write is decided, which may be at once.
struct OutcomeReply {
  RequestId request;
  Outcome outcome = Outcome::unavailable;
  std::optional<EntryId> entry{};  ///< its entry, if it was accepted
  std::optional<Money> balance{};  ///< the balance in its first answer
  std::uint64_t question = 0;      ///< the question that this answers
  Incarnation incarnation{};       ///< as in Answer
  bool replayed = false;           ///< as in Answer
  std::uint64_t opens_at = 0;      ///< as in Answer
  bool operator==(const OutcomeReply&) const = default;
};

/// Tells the receiver to stop: the sender has registered another process of its branch.
struct Dismissal {
  ProcessId counts;        ///< the registered process
  bool connected = false;  ///< whether it is connected to the sender
  bool operator==(const Dismissal&) const = default;
};

/// Tells the receiver that a recovery gave up what it has of a log: its history up to `yours` is
/// not the one that was kept.
struct Divergence {
  TaggedPosition yours;
  TaggedPosition kept;  ///< the end of the sender's block at that place
  bool operator==(const Divergence&) const = default;
};

/// Shows that the sender lives. The first one on a stream, and one every ten seconds, asks for
/// another in return, so that both ends learn the round-trip time.
struct Heartbeat {
  bool asks = false;
  bool answers = false;  ///< it replies to one that asked
  bool operator==(const Heartbeat&) const = default;
};

using PeerMessage = std::variant<Hello, Blocks, Progress, RightsRequest, RightsRequestCancelled,
                                 TotalsRequest, TotalsReply, Heartbeat, RebalanceRequest,
                                 OutcomeRequest, OutcomeReply, Dismissal, Divergence>;

/// A message on a stream, with its sender's Lamport clock. Each entry counts as sent and received
/// by itself: the clock of `Blocks` is that of the first entry, and the others count up from it.
struct Envelope {
  PeerMessage message;
  Stamp clock{};
  bool operator==(const Envelope&) const = default;
};

/// How many sends, and receipts, a message counts as.
inline std::uint64_t sends_in(const PeerMessage& message) {
  const auto* blocks = std::get_if<Blocks>(&message);
  if (blocks == nullptr) {
    return 1;
  }
  std::uint64_t out = 0;
  for (const Block& block : blocks->blocks) {
    out += block.size();
  }
  return out;
}

}  // namespace passbook
