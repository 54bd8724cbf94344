// SPDX-License-Identifier: Apache-2.0
// A peer's first message: whether to accept the peer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "branch/state.h"
#include "branch/topology.h"
#include "protocol/peer_messages.h"

namespace passbook {

/// Whether the sender is another branch of this bank, in an incarnation that has not ended. If so,
/// its statement about its own log counts.
bool speaks_for_itself(const Hello& hello, BankId bank, const Topology& topology,
                       const State& state);

/// Why a peer is refused, or nothing. It belongs to another bank or to none; its incarnation has
/// ended; it has entries that were given up; or it lacks entries of its own log that this branch
/// has. In the last case it may not count as a process of its branch, and it stops when it hears of
/// these entries.
std::optional<std::string> objection_to(const Hello& hello, BankId bank, const Topology& topology,
                                        const State& state);

/// The divergences that a peer must be told before its stream is closed: the places where it has
/// entries that were given up.
std::vector<Divergence> divergences(const Hello& hello, const State& state);

/// The message at this branch about a process that must stop because another process of its branch
/// counts.
std::string why_dismissed(const Hello& hello, ProcessId counts);
/// The message of the process that must stop.
std::string why_it_stops(BranchId by, ProcessId counts, ProcessId self);

/// The end of the sender's own log.
EntryId own_end(const Hello& hello);

}  // namespace passbook
