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

/// What was asked.
struct SequentialRequest {
  SequentialKind kind = SequentialKind::query;
  Money amount;       ///< > 0 for writes
  bool shown = true;  ///< false: the record's form says nothing of this request
};

/// What the record says of the answer. What its form leaves out is empty.
struct SequentialAnswer {
  std::optional<SequentialOutcome> outcome;
  std::optional<Money> balance;
};

/// A request and its answer. Without an answer it was not answered; without a request the answer
/// belongs to none.
struct SequentialStep {
  CustomerId customer;
  std::uint64_t event = 0;  ///< names the request among those of its customer
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

/// One fault, with what should have been there.
struct SequentialFinding {
  std::size_t step = 0;  ///< index of the step
  SequentialFault fault = SequentialFault::missing;
  SequentialOutcome due_outcome = SequentialOutcome::success;
  Money due_balance;
  bool follows = false;  ///< it would be right if what was said before had been

  bool operator==(const SequentialFinding&) const = default;
};

/// Performs the requests in order on one balance, which starts at `opening` and never goes below
/// zero, and compares. A withdrawal above the balance must fail, as must a deposit after which
/// the balance would not fit; all else must succeed. A balance that is shown, on whatever answer,
/// must be the one after that request. The findings are in the order of the steps; none means
/// that the run was right. A finding follows from an earlier one when its answer is right on the
/// balance that the answers before it have led to, by what they say.
std::vector<SequentialFinding> judge_sequential(Money opening,
                                                std::span<const SequentialStep> steps);

}  // namespace passbook
