// SPDX-License-Identifier: Apache-2.0
// Answers a request at once if it needs no work.
#pragma once

#include <optional>

#include "branch/calendar.h"
#include "branch/options.h"
#include "branch/state.h"
#include "branch/topology.h"
#include "protocol/customer_messages.h"
#include "protocol/peer_messages.h"

namespace passbook {

/// Finds requests that are malformed, whose id is not new, or whose id may not be new.
class Admission {
 public:
  Admission(const Topology& topology, const BranchOptions& options, BankId bank, const State& state,
            const Calendar& calendar)
      : topology_(topology), options_(options), bank_(bank), state_(state), calendar_(calendar) {}

  /// The answer, or nothing if the request must be worked on. In that case its passbook no longer
  /// names lost entries. `in_work` is the write in work with the same id, if there is one.
  std::optional<Answer> decide(Request& request, const Request* in_work) const;

  /// The answer to a write that is neither known nor in work, if it can't be treated as new: its id
  /// may have been decided and forgotten, or its session was opened in the future. Nothing if it
  /// can be treated as new.
  std::optional<Answer> not_new(const Request& request) const;

  /// The answer to a write whose origin has ended, when that origin's whole log is here and lacks
  /// the write.
  Answer never(const Request& request) const;

  /// The outcome of a write whose id names this branch. Nothing if it is unknown or not yet
  /// decided.
  std::optional<OutcomeReply> outcome_of(const OutcomeRequest& asked, const Request* in_work) const;

 private:
  bool possible(const TaggedVector& positions) const;
  std::optional<Outcome> objection(const Request& request) const;
  std::optional<Outcome> refused(const RequestId& id, const std::optional<Change>& change,
                                 const Request* in_work) const;
  bool trim(Passbook& passbook) const;
  std::uint64_t opens_at(const RequestId& id) const;
  bool too_new(const RequestId& id) const;

  const Topology& topology_;
  const BranchOptions& options_;
  BankId bank_;
  const State& state_;
  const Calendar& calendar_;
};

}  // namespace passbook
