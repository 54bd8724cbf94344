// SPDX-License-Identifier: Apache-2.0
// The passbook: what a customer carries from branch to branch so that the next one can catch up
// before it serves.
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "causal/version_vector.h"

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

/// A session token. Passbooks form a lattice: merging never loses what either held.
struct Passbook {
  VersionVector writes;  ///< W: the customer's own accepted writes
  VersionVector reads;   ///< R: all that a branch had applied when it answered

  void merge(const Passbook& other) {
    writes.merge(other.writes);
    reads.merge(other.reads);
  }

  bool operator==(const Passbook&) const = default;
};

/// What a branch must have applied before it may answer a query with this passbook.
VersionVector needed_to_read(const Passbook& passbook, Guarantees guarantees);

/// What a branch must have applied before it may accept a write with this passbook, and what the
/// write depends on at every other branch.
VersionVector needed_to_write(const Passbook& passbook, Guarantees guarantees);

}  // namespace passbook
