// SPDX-License-Identifier: Apache-2.0
// What can be said to a request at once, before anything is done about it.
#pragma once

#include <optional>

#include "branch/refused_writes.h"
#include "branch/state.h"
#include "branch/topology.h"
#include "protocol/customer_messages.h"
#include "protocol/peer_messages.h"

namespace passbook {

/// Requests that are wrong in themselves, or whose id is not new, or may not be.
class Admission {
 public:
  Admission(const Topology& topology, BankId bank, const State& state,
            const RefusedWrites& refused_writes)
      : topology_(topology), bank_(bank), state_(state), refused_writes_(refused_writes) {}

  /// The answer, or nothing when the request is to be worked on; then its passbook names nothing
  /// that is lost. `in_work` is the write of the same id that is being worked on, if there is one.
  std::optional<Answer> decide(Request& request, const Request* in_work) const;

  /// The answer to a write that may have been accepted, and forgotten, before or since it arrived:
  /// a branch that rebuilds what it lost takes in writes that are older than requests in work.
  std::optional<Answer> too_old(Request request) const;

  /// What became of a write that was asked here first; nothing when that is not known, or not yet.
  std::optional<OutcomeReply> outcome_of(const RequestId& id, const Operation& operation,
                                         const Request* in_work) const;

 private:
  bool possible(const TaggedVector& positions) const;
  std::optional<Outcome> objection(const Request& request) const;
  std::optional<Answer> known_answer(const Request& request, const Request* in_work) const;
  bool may_be_forgotten(const Request& request) const;
  bool trim(Passbook& passbook) const;

  const Topology& topology_;
  BankId bank_;
  const State& state_;
  const RefusedWrites& refused_writes_;
};

}  // namespace passbook
