// SPDX-License-Identifier: Apache-2.0
// A request in work at a branch: who waits for its answer, and what it waits for itself.
#pragma once

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "branch/past.h"
#include "branch/step.h"

namespace passbook {

/// A request in work; none has the number of another.
using WorkId = StrongId<struct WorkTag, std::uint64_t>;

/// One call for a request.
struct Caller {
  CallId call;
  Instant answer_by;
  AckLevel ack = AckLevel::all;
};

// What a request waits for. Each says which of the indexes in Requests have it, beside that of all
// that are undecided.

/// Its past, or that the branch takes writes. In `waiters_`, while an entry of its past is missing.
struct Waiting {
  std::optional<Priority> place;  ///< withdrawals: among all claims, if it needs one
};

/// A write of another origin: what that says, or has. In `waiters_`, when it is known for which
/// entry it waits; and in `inquiries_`.
struct Asking {
  std::optional<EntryId> told;  ///< what it became there
};

/// A withdrawal that has its past: its rights. In `by_claim_`, and in the escrow.
struct Claiming {
  Priority place;
  bool proven_short = false;
};

/// A query that has its past: the end of the open block. In `ready_`; decided.
struct Closing {};

/// A write that stands: that enough branches have it. In `unconfirmed_`, for each of its callers;
/// decided.
struct Confirming {
  EntryId entry;
  Answer answer;  ///< what will be said
};

struct PendingRequest {
  using Stage = std::variant<Waiting, Asking, Claiming, Closing, Confirming>;

  Request request;  ///< as its first call made it
  std::vector<Caller> callers;
  Instant began;
  Instant decide_by;     ///< the latest that any of them waits
  VersionVector needed;  ///< what must be applied first
  NeededPast past;       ///< of that, what the passbook names
  Stage stage;

  /// Whether it waits until others have it.
  bool wants_others() const {
    return std::ranges::any_of(callers,
                               [](const Caller& each) { return each.ack != AckLevel::local; });
  }
  bool undecided() const {
    return !std::holds_alternative<Closing>(stage) && !std::holds_alternative<Confirming>(stage);
  }
};

}  // namespace passbook
