// SPDX-License-Identifier: Apache-2.0
// A replica's replies to operators.
#pragma once

#include <optional>

#include "branch/escrow.h"
#include "branch/links.h"
#include "branch/readiness.h"
#include "branch/replication.h"
#include "branch/state.h"
#include "branch/topology.h"
#include "protocol/operator_messages.h"

namespace passbook {

/// The parts of a replica that replies to operators are made from.
struct Inspected {
  BankId bank;
  const Topology& topology;
  const State& state;
  const Readiness& readiness;
  const Links& links;
  const Replication& replication;
  const Escrow& escrow;
};

/// The branch's current status.
Status status_of(const Inspected& branch, Instant now);

/// The answer to a step of a recovery, and the seal that the branch takes in with it, if any.
struct SealAnswer {
  SealReply reply;
  std::optional<Seal> seal;
};
SealAnswer answer_to(const SealRequest& request, const Inspected& branch);

}  // namespace passbook
