// SPDX-License-Identifier: Apache-2.0
// Turns observations of branches and calls of customers into events of a trace.
#pragma once

#include <vector>

#include "base/time.h"
#include "branch/step.h"
#include "customer/customer.h"
#include "lab/trace/trace.h"

namespace passbook::trace {

/// The events of an observation: none, one, or, for a message with many entries, many.
std::vector<Event> events_of(BranchId at, Instant when, const Observation& observation);

/// A customer sends a request.
Event sent(CustomerId by, Instant when, const Customer::Call& call);
/// The customer takes in the answer, which sets its clock to `clock`.
Event answered(CustomerId by, Instant when, const Customer::Call& call, const Answer& answer,
               Stamp clock);
/// The customer gives up waiting for an answer.
Event given_up(CustomerId by, Instant when, const Customer::Call& call);

/// Something happens to a process.
Event process_event(Process process, Instant when, Act act, std::optional<Process> peer = {});

}  // namespace passbook::trace
