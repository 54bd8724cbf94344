// SPDX-License-Identifier: Apache-2.0
// The passbook: a session token that a customer carries from branch to branch. A branch catches up
// with it before it serves.
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
/// another history of an origin does not mistake that for the one the customer saw. Passbooks form
/// a lattice: a merge keeps everything that either held, except the shorter of two histories of an
/// origin.
struct Passbook {
  TaggedVector writes;  ///< W: the customer's own accepted writes
  TaggedVector reads;   ///< R: everything that a branch had applied when it answered

  void merge(const Passbook& other) {
    writes.merge(other.writes);
    reads.merge(other.reads);
  }

  bool operator==(const Passbook&) const = default;
};

/// The part of this passbook that a branch must have applied before it may answer a query. The
/// halves stay separate, because they may name different histories of an origin.
Passbook needed_to_read(const Passbook& passbook, Guarantees guarantees);

/// The part of this passbook that a branch must have applied before it may accept a write. The
/// write depends on it at every other branch, too.
Passbook needed_to_write(const Passbook& passbook, Guarantees guarantees);

}  // namespace passbook
