// SPDX-License-Identifier: Apache-2.0
// What can be said to a request at once, before anything is done about it.
#pragma once

#include <optional>

#include "branch/state.h"
#include "branch/topology.h"
#include "protocol/customer_messages.h"
#include "protocol/peer_messages.h"

namespace passbook {

/// Requests that are wrong in themselves, or whose id is not new, or may not be.
class Admission {
 public:
  Admission(const Topology& topology, BankId bank, const State& state)
      : topology_(topology), bank_(bank), state_(state) {}

  /// The answer, or nothing when the request is to be worked on; then its passbook names nothing
  /// that is lost. `in_work` is the write of the same id that is being worked on, if there is one.
  std::optional<Answer> decide(Request& request, const Request* in_work) const;

  /// The answer to a write that may have been accepted, and forgotten, before or since it arrived:
  /// a branch that rebuilds what it lost takes in writes that are older than requests in work.
  std::optional<Answer> too_old(Request request) const;

  /// What became of a write whose id names this branch; nothing when that is not known, or not yet.
  std::optional<OutcomeReply> outcome_of(const OutcomeRequest& asked, const Request* in_work) const;

 private:
  bool possible(const TaggedVector& positions) const;
  std::optional<Outcome> objection(const Request& request) const;
  std::optional<Outcome> refused(const RequestId& id, const std::optional<Change>& change,
                                 const Request* in_work) const;
  bool may_be_forgotten(const Request& request) const;
  bool trim(Passbook& passbook) const;

  const Topology& topology_;
  BankId bank_;
  const State& state_;
};

}  // namespace passbook
