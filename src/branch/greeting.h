// SPDX-License-Identifier: Apache-2.0
// What a peer says first: whether it is one to speak with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "branch/state.h"
#include "branch/topology.h"
#include "protocol/peer_messages.h"

namespace passbook {

/// Whether the speaker is another branch of this bank, in an incarnation that is not over: then
/// what it has of its own log counts.
bool speaks_for_itself(const Hello& hello, BankId bank, const Topology& topology,
                       const State& state);

/// Why a peer is not spoken with, or nothing: it is of another bank or of none, its incarnation is
/// over, it has what was given up, or it lacks what this branch has of its own log: then it may
/// not count as a process of its branch, and stops when it hears what is here.
std::optional<std::string> objection_to(const Hello& hello, BankId bank, const Topology& topology,
                                        const State& state);

/// What a peer must hear of itself before it is sent away: where it has what was given up.
std::vector<Divergence> divergences(const Hello& hello, const State& state);

/// What is said here of a process that is told to stop, since another one of its branch counts.
std::string why_dismissed(const Hello& hello, ProcessId counts);
/// And by the one that is told so.
std::string why_it_stops(BranchId by, ProcessId counts, ProcessId self);

/// How far the speaker has its own log.
EntryId own_end(const Hello& hello);

}  // namespace passbook
