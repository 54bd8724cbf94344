// SPDX-License-Identifier: Apache-2.0
// What can be said to a request at once, before anything is done about it.
#pragma once

#include <optional>

#include "branch/calendar.h"
#include "branch/options.h"
#include "branch/state.h"
#include "branch/topology.h"
#include "protocol/customer_messages.h"
#include "protocol/peer_messages.h"

namespace passbook {

/// Requests that are wrong in themselves, or whose id is not new, or may not be.
class Admission {
 public:
  Admission(const Topology& topology, const BranchOptions& options, BankId bank, const State& state,
            const Calendar& calendar)
      : topology_(topology), options_(options), bank_(bank), state_(state), calendar_(calendar) {}

  /// The answer, or nothing when the request is to be worked on; then its passbook names nothing
  /// that is lost. `in_work` is the write of the same id that is being worked on, if there is one.
  std::optional<Answer> decide(Request& request, const Request* in_work) const;

  /// The answer to a write that is not known and not in work, when it can't be taken for new: its
  /// id may have been decided and forgotten, or its session is of the future. Nothing when it can.
  std::optional<Answer> not_new(const Request& request) const;

  /// The answer to a write whose origin is over, and that is not in its log, which is here.
  Answer never(const Request& request) const;

  /// What became of a write whose id names this branch; nothing when that is not known, or not yet.
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
