// SPDX-License-Identifier: Apache-2.0
// The judges by name. Each is defined in the file of the same name, and returns the first few
// violations, in the order in which they show.
#pragma once

#include <vector>

#include "lab/judges/judges.h"
#include "lab/judges/timeline.h"

namespace passbook::history {

using Verdict = std::vector<Violation>;

/// Every balance is the opening plus the entries that the replica has applied, and entries are the
/// same everywhere.
Verdict judge_conservation(const Timeline& timeline, const Bounds& bounds);
/// No balance is ever below the limit.
Verdict judge_no_overdraft(const Timeline& timeline, const Bounds& bounds);
/// No two different entries pass for one, and no two processes are one incarnation.
Verdict judge_one_history(const Timeline& timeline, const Bounds& bounds);
/// An acknowledged write is on as many disks as the answer says, and stays there.
Verdict judge_acknowledged_stays(const Timeline& timeline, const Bounds& bounds);
/// A request becomes one entry or none, as its answers say.
Verdict judge_exactly_once(const Timeline& timeline, const Bounds& bounds);
/// A query shows its client's own writes. Session guarantees: Terry et al., PDIS 1994.
Verdict judge_read_your_writes(const Timeline& timeline, const Bounds& bounds);
/// A client's writes are applied after its earlier ones, everywhere.
Verdict judge_monotonic_writes(const Timeline& timeline, const Bounds& bounds);
/// A query shows everything that its client has seen before.
Verdict judge_monotonic_reads(const Timeline& timeline, const Bounds& bounds);
/// A client's writes are applied after everything that it had seen, everywhere.
Verdict judge_writes_follow_reads(const Timeline& timeline, const Bounds& bounds);
/// Entries are applied in their origin's order, and after the grants that their origin had.
Verdict judge_causal_delivery(const Timeline& timeline, const Bounds& bounds);
/// Soon after the trouble, all living branches have the same entries.
Verdict judge_convergence(const Timeline& timeline, const Bounds& bounds);
/// If a withdrawal is refused for lack of funds, the whole bank lacked the money.
Verdict judge_no_false_refusal(const Timeline& timeline, const Bounds& bounds);
/// Every call is answered in time.
Verdict judge_deadlines(const Timeline& timeline, const Bounds& bounds);
/// Rights are never negative, and sum to balance plus limit.
Verdict judge_escrow_sums(const Timeline& timeline, const Bounds& bounds);
/// Once nothing is disturbed any more, every kind of request succeeds again.
Verdict judge_service_resumes(const Timeline& timeline, const Bounds& bounds);
/// In a calm bank, every request that the reachable branches can serve succeeds, and other answers
/// name the branches that could not be reached.
Verdict judge_availability(const Timeline& timeline, const Bounds& bounds);
/// Rights that were gathered for a refused withdrawal go back to the branches that gave them.
Verdict judge_gathered_returns(const Timeline& timeline, const Bounds& bounds);
/// A log depends on other logs only as far as it must: on grants that it had, and on what its
/// customers had seen.
Verdict judge_dependencies(const Timeline& timeline, const Bounds& bounds);
/// Branches record the events that other judges rely on: a call arrived before its reply.
Verdict judge_evidence(const Timeline& timeline, const Bounds& bounds);
/// No more is sent than needed, except for good reasons, and no work is done for nothing.
Verdict judge_effort(const Timeline& timeline, const Bounds& bounds);

}  // namespace passbook::history
