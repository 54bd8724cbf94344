// SPDX-License-Identifier: Apache-2.0
// Makes events of a trace from what a branch observes and a customer does.
#pragma once

#include <vector>

#include "base/time.h"
#include "branch/step.h"
#include "customer/customer.h"
#include "lab/trace/trace.h"

namespace passbook::trace {

/// What a branch observed at that time: none, one, or, for a message with many entries, many.
std::vector<Event> events_of(BranchId at, Instant when, const Observation& observation);

/// A customer sends a request.
Event sent(CustomerId by, Instant when, const Customer::Call& call);
/// It takes in the answer; its clock is then at `clock`.
Event answered(CustomerId by, Instant when, const Customer::Call& call, const Answer& answer,
               Stamp clock);
/// It waits no longer for one.
Event given_up(CustomerId by, Instant when, const Customer::Call& call);

/// What befalls a process.
Event befell(Process process, Instant when, Act act, std::optional<Process> peer = {});

}  // namespace passbook::trace
