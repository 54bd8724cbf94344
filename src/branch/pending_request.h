// SPDX-License-Identifier: Apache-2.0
// A request in work at a branch: its callers, and what it waits for.
#pragma once

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "branch/past.h"
#include "branch/step.h"

namespace passbook {

/// Identifies a request in work. Numbers are never used twice.
using WorkId = StrongId<struct WorkTag, std::uint64_t>;

/// One call for a request.
struct Caller {
  CallId call;
  Instant answer_by;
  AckLevel ack = AckLevel::all;
};

// The stages of a request: what it waits for. Each stage lists the indexes of Requests that hold
// the request, besides the index of all undecided ones.

/// Waits for its past, or until the branch takes writes. In `waiters_` while an entry of its past
/// is missing.
struct Waiting {
  /// For a withdrawal, its priority among all claims, if it needs one.
  std::optional<Priority> place;
};

/// A write of another origin: waits for that origin's answer, or for its log. In `inquiries_`, and
/// in `waiters_` if the awaited entry is known.
struct Asking {
  std::optional<EntryId> told;  ///< its entry there, according to the origin
};

/// A withdrawal whose past is applied: waits for its rights. In `by_claim_`, and in the escrow.
struct Claiming {
  Priority place;
  bool proven_short = false;
};

/// A query whose past is applied: waits until the open block is closed. In `ready_`. It counts as
/// decided.
struct Closing {};

/// An accepted write: waits until enough branches have it. In `unconfirmed_`, once for each caller.
/// It counts as decided.
struct Confirming {
  EntryId entry;
  Answer answer;  ///< the answer once it is confirmed
};

struct PendingRequest {
  using Stage = std::variant<Waiting, Asking, Claiming, Closing, Confirming>;

  Request request;  ///< as in its first call
  std::vector<Caller> callers;
  Instant began;
  Instant decide_by;     ///< the latest time until which any caller waits
  VersionVector needed;  ///< positions that must be applied first
  NeededPast past;       ///< of those, the ones that the passbook names
  Stage stage;

  /// Whether a caller waits until other branches have it.
  bool wants_others() const {
    return std::ranges::any_of(callers,
                               [](const Caller& each) { return each.ack != AckLevel::local; });
  }
  bool undecided() const {
    return !std::holds_alternative<Closing>(stage) && !std::holds_alternative<Confirming>(stage);
  }
};

}  // namespace passbook
