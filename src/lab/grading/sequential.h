// SPDX-License-Identifier: Apache-2.0
// Judges a sequential run: requests one after another on one balance have one right answer each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/money.h"

namespace passbook {

/// What a request does to the balance.
enum class SequentialKind : std::uint8_t { query, deposit, withdraw };

/// How a request ended, or is said to have ended.
enum class SequentialOutcome : std::uint8_t { success, fail, unknown };

/// A customer's request.
struct SequentialRequest {
  SequentialKind kind = SequentialKind::query;
  Money amount;       ///< > 0 for writes
  bool shown = true;  ///< false: the record's format leaves this request out
};

/// The answer, according to the record. Anything that its format leaves out is empty.
struct SequentialAnswer {
  std::optional<SequentialOutcome> outcome;
  std::optional<Money> balance;
};

/// A request and its answer. Either may be missing: a request may have no answer, and an answer may
/// belong to no request.
struct SequentialStep {
  CustomerId customer;
  std::uint64_t event = 0;  ///< identifies the request among those of its customer
  std::optional<SequentialRequest> request;
  std::optional<SequentialAnswer> answer;
};

/// What can be wrong with a step.
enum class SequentialFault : std::uint8_t {
  missing,        ///< a request without an answer
  surplus,        ///< an answer without a request
  no_outcome,     ///< a write whose answer has no outcome
  wrong_outcome,  ///< an outcome other than the due one; `unknown` is never due
  no_balance,     ///< a query whose answer shows no balance
  wrong_balance,  ///< a balance other than the due one
};

/// One fault, with the right answer.
struct SequentialFinding {
  std::size_t step = 0;  ///< index of the step
  SequentialFault fault = SequentialFault::missing;
  SequentialOutcome due_outcome = SequentialOutcome::success;
  Money due_balance;
  bool follows = false;  ///< it would be right if the earlier answers had been

  bool operator==(const SequentialFinding&) const = default;
};

/// Performs the requests in order on one balance and compares the answers. The balance starts at
/// `opening` and never goes below zero. A withdrawal above the balance must fail, as must a deposit
/// that would overflow it. Every other request must succeed. Any balance that an answer shows must
/// be the one after its request. Findings are in the order of the steps; none means that the run
/// was right. A finding follows from an earlier one if its answer is right on the balance that the
/// earlier answers claim.
std::vector<SequentialFinding> judge_sequential(Money opening,
                                                std::span<const SequentialStep> steps);

}  // namespace passbook
