// SPDX-License-Identifier: Apache-2.0
// Translates observations and calls in a bank into events of a history.
#pragma once

#include <optional>

#include "branch/step.h"
#include "customer/customer.h"
#include "lab/judges/history.h"
#include "ledger/account.h"
#include "ledger/bank.h"

namespace passbook {

history::Bank as_history(const Bank& bank);

/// An observation of a branch; nothing if no judge needs it.
std::optional<history::What> as_history(BranchId at, const Observation& observation);

/// A customer's call. `wanted` are the guarantees that the customer asks for, whatever the request
/// says.
history::Invoked as_history(ClientId by, const Guarantees& wanted, const Customer::Call& call);

/// The call has ended with an answer, or without one.
history::Answered as_history(ClientId by, const RequestId& request, const Answer& answer);
history::Answered unanswered(ClientId by, const RequestId& request);

/// A replica's state of an account.
history::Audited as_history(BranchId at, AccountId id, const Account& account);

}  // namespace passbook
