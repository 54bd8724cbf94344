// SPDX-License-Identifier: Apache-2.0
// The passbook: what a customer carries from branch to branch so that the next one can catch up
// before it serves.
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "causal/tagged_vector.h"

namespace passbook {

/// The session guarantees that a call asks for. Terry et al., "Session Guarantees for Weakly
/// Consistent Replicated Data", PDIS 1994.
struct Guarantees {
  bool read_your_writes = true;
  bool monotonic_writes = true;
  bool monotonic_reads = true;
  bool writes_follow_reads = true;

  bool operator==(const Guarantees&) const = default;

  static constexpr Guarantees session() { return {}; }
  static constexpr Guarantees eventual() { return {false, false, false, false}; }
};

/// A session token. Its positions are ends of blocks, with their tags, so that a branch with
/// another history of an origin does not take its own for what the customer saw. Passbooks form a
/// lattice: merging never loses what either held, but for the shorter of two histories of an
/// origin.
struct Passbook {
  TaggedVector writes;  ///< W: the customer's own accepted writes
  TaggedVector reads;   ///< R: all that a branch had applied when it answered

  void merge(const Passbook& other) {
    writes.merge(other.writes);
    reads.merge(other.reads);
  }

  bool operator==(const Passbook&) const = default;
};

/// What of this passbook a branch must have applied before it may answer a query. Each half for
/// itself: they may name different histories of an origin.
Passbook needed_to_read(const Passbook& passbook, Guarantees guarantees);

/// What of this passbook a branch must have applied before it may accept a write, and what the
/// write depends on at every other branch.
Passbook needed_to_write(const Passbook& passbook, Guarantees guarantees);

}  // namespace passbook
