// SPDX-License-Identifier: Apache-2.0
// What branches say to each other. They travel in order over one stream a pair.
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

/// The first word on every stream, from both sides.
struct Hello {
  BankId bank;
  Origin from;
  std::vector<TaggedPosition> have;  ///< what the sender has applied, durably; ascending
  std::vector<Seal> seals;           ///< all that it knows
  ProcessId process;                 ///< who speaks
  bool operator==(const Hello&) const = default;
};

/// Blocks of any origin, in causal order, each origin's without a gap.
struct Blocks {
  std::vector<Block> blocks;
  bool operator==(const Blocks&) const = default;
};

/// A branch has applied an origin's log this far, durably.
struct Report {
  Origin by;  ///< the branch as it is now: after it lost its disk, older reports mean nothing
  TaggedPosition position;
  ProcessId process{};  ///< of that branch: what a second one has, it may not have itself
  bool operator==(const Report&) const = default;
};

/// The sender's own progress and that of others, for those who wait to hear of it: what is new
/// since the last on this stream.
struct Progress {
  std::vector<TaggedPosition> own;
  std::vector<Report> reports;
  /// How much of some logs all branches have, as their origins say.
  std::vector<TaggedPosition> everywhere{};
  bool operator==(const Progress&) const = default;
};

/// The age of a claim on an account: the smaller is older and goes first, everywhere.
struct Priority {
  Stamp stamp;  ///< when the request came in
  BranchId branch;
  constexpr auto operator<=>(const Priority&) const = default;
};

/// "I lack rights": stands at the receiver until met, ended, or expired. A later ask of the same
/// priority replaces the earlier.
struct RightsRequest {
  AccountId account;
  Priority priority;
  Money missing;      ///< > 0
  Duration stands{};  ///< from when it is received
  /// How much of the receiver's log the sender has applied: what the receiver gave it after that is
  /// on its way, and not missing.
  Sequence applied{};
  bool operator==(const RightsRequest&) const = default;
};

/// The claim was settled or given up.
struct RightsRequestCancelled {
  AccountId account;
  Priority priority;
  bool operator==(const RightsRequestCancelled&) const = default;
};

/// "How much has come in at your branch?"
struct TotalsRequest {
  AccountId account;
  Priority priority;  ///< of the claim that it is for
  std::uint64_t round = 0;
  bool operator==(const TotalsRequest&) const = default;
};

/// Read after the request was received. 0 when the account is not known there.
struct TotalsReply {
  AccountId account;
  Priority priority;
  std::uint64_t round = 0;
  Money incoming;
  bool operator==(const TotalsReply&) const = default;
};

/// "I shall soon lack rights, and you have more than you spend": the receiver hands over what it
/// can spare, up to so much, or nothing.
struct RebalanceRequest {
  AccountId account;
  Money amount;  ///< > 0
  bool operator==(const RebalanceRequest&) const = default;
};

/// "What became of this write, whose id names you?" If the receiver knows nothing of it, it decides
/// that it has no effect for ever, before it answers; without `change`, also when it is still in
/// work.
struct OutcomeRequest {
  RequestId request;
  std::optional<Change> change;  ///< what is asked for; none to give it up
  Duration stands{};             ///< the answer is of use for so long
  std::uint64_t question = 0;    ///< tells it from an earlier one about the same id
  bool operator==(const OutcomeRequest&) const = default;
};

/// Answered when it is decided, which may be at once.
struct OutcomeReply {
  RequestId request;
  Outcome outcome = Outcome::unavailable;
  std::optional<EntryId> entry{};  ///< what it became, if it was accepted
  std::optional<Money> balance{};  ///< that its first answer showed
  std::uint64_t question = 0;      ///< that this answers
  Incarnation incarnation{};       ///< as in Answer
  bool replayed = false;           ///< as in Answer
  std::uint64_t opens_at = 0;      ///< as in Answer
  bool operator==(const OutcomeReply&) const = default;
};

/// "You are not the process of your branch that counts here: stop."
struct Dismissal {
  ProcessId counts;        ///< the one that does
  bool connected = false;  ///< whether it is connected to the sender
  bool operator==(const Dismissal&) const = default;
};

/// "What you have up to here was given up: it is not in the history that was kept of this log."
struct Divergence {
  TaggedPosition yours;
  TaggedPosition kept;  ///< the end of the sender's block at that place
  bool operator==(const Divergence&) const = default;
};

/// Says that the sender lives. The first on a stream, and every tenth second, one asks for another
/// in return: so both ends learn how long the way there and back is.
struct Heartbeat {
  bool asks = false;
  bool answers = false;  ///< one that asked
  bool operator==(const Heartbeat&) const = default;
};

using PeerMessage = std::variant<Hello, Blocks, Progress, RightsRequest, RightsRequestCancelled,
                                 TotalsRequest, TotalsReply, Heartbeat, RebalanceRequest,
                                 OutcomeRequest, OutcomeReply, Dismissal, Divergence>;

/// What travels over a stream: a message, and when it was sent, by its sender's Lamport clock.
/// Each entry is sent and received by itself: the clock of `Blocks` is that of the first, and the
/// others follow it one by one.
struct Envelope {
  PeerMessage message;
  Stamp clock{};
  bool operator==(const Envelope&) const = default;
};

/// How many sends, and how many receipts, a message is.
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
