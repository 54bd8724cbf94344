// SPDX-License-Identifier: Apache-2.0
// The judges by name. Each is defined in the file that is called like it, and returns the first
// few violations, in the order in which they show.
#pragma once

#include <vector>

#include "lab/judges/judges.h"
#include "lab/judges/timeline.h"

namespace passbook::history {

using Verdict = std::vector<Violation>;

/// Every balance is the opening and what the replica has applied, and entries are alike everywhere.
Verdict judge_conservation(const Timeline& timeline, const Bounds& bounds);
/// No balance is ever below the limit.
Verdict judge_no_overdraft(const Timeline& timeline, const Bounds& bounds);
/// Nobody takes two different entries for one, and no two processes are one incarnation.
Verdict judge_one_history(const Timeline& timeline, const Bounds& bounds);
/// What was answered is on as many disks as it says, and stays there.
Verdict judge_acknowledged_stays(const Timeline& timeline, const Bounds& bounds);
/// A request becomes one entry, or none, as its answers say.
Verdict judge_exactly_once(const Timeline& timeline, const Bounds& bounds);
/// A query shows its client's own writes. Session guarantees: Terry et al., PDIS 1994.
Verdict judge_read_your_writes(const Timeline& timeline, const Bounds& bounds);
/// A client's writes are applied after its earlier ones, everywhere.
Verdict judge_monotonic_writes(const Timeline& timeline, const Bounds& bounds);
/// A query shows what its client has seen before.
Verdict judge_monotonic_reads(const Timeline& timeline, const Bounds& bounds);
/// A client's writes are applied after what it had seen, everywhere.
Verdict judge_writes_follow_reads(const Timeline& timeline, const Bounds& bounds);
/// Entries are applied in their origin's order, and after the grants that their origin had.
Verdict judge_causal_delivery(const Timeline& timeline, const Bounds& bounds);
/// In the end, and soon, all living branches have the same.
Verdict judge_convergence(const Timeline& timeline, const Bounds& bounds);
/// What is refused for lack of funds, the whole bank lacked.
Verdict judge_no_false_refusal(const Timeline& timeline, const Bounds& bounds);
/// Everyone is answered in time.
Verdict judge_deadlines(const Timeline& timeline, const Bounds& bounds);
/// Rights are never negative and sum to balance and limit.
Verdict judge_escrow_sums(const Timeline& timeline, const Bounds& bounds);
/// Once nothing is disturbed any more, everything can be done again.
Verdict judge_service_resumes(const Timeline& timeline, const Bounds& bounds);
/// Where nothing is disturbed, what can be done is done, with those who can be reached; and an
/// answer names those who could not.
Verdict judge_availability(const Timeline& timeline, const Bounds& bounds);
/// Rights that were gathered for a withdrawal that is refused go back to those who gave them.
Verdict judge_gathered_returns(const Timeline& timeline, const Bounds& bounds);
/// A log names of others only what it had to: grants that it had, and what its customers had seen.
Verdict judge_dependencies(const Timeline& timeline, const Bounds& bounds);
/// Branches tell what the other judges rest on: what they reply to has arrived.
Verdict judge_evidence(const Timeline& timeline, const Bounds& bounds);
/// No more is sent than was needed, but for good reasons; and nothing is done for nothing.
Verdict judge_effort(const Timeline& timeline, const Bounds& bounds);

}  // namespace passbook::history
