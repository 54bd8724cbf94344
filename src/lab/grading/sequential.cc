// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/sequential.h"

namespace passbook {
namespace {

/// The one right answer to a request.
struct Due {
  SequentialOutcome outcome = SequentialOutcome::success;
  Money balance;
};

/// Performs `request` on `balance`.
Due perform(const SequentialRequest& request, Money& balance) {
  Due due;
  if (request.kind == SequentialKind::deposit) {
    const auto sum = checked_add(balance, request.amount);
    due.outcome = sum ? SequentialOutcome::success : SequentialOutcome::fail;
    balance = sum.value_or(balance);
  } else if (request.kind == SequentialKind::withdraw) {
    if (request.amount > balance) {
      due.outcome = SequentialOutcome::fail;
    } else {
      balance -= request.amount;
    }
  }
  due.balance = balance;
  return due;
}

/// The faults of an answer to a request of `kind`.
std::vector<SequentialFault> compare(SequentialKind kind, const SequentialAnswer& answer,
                                     const Due& due) {
  std::vector<SequentialFault> faults;
  const bool query = kind == SequentialKind::query;
  if (answer.outcome && *answer.outcome != due.outcome) {
    faults.push_back(SequentialFault::wrong_outcome);
  } else if (!query && !answer.outcome) {
    faults.push_back(SequentialFault::no_outcome);
  } else if (query && !answer.balance) {
    faults.push_back(SequentialFault::no_balance);
  }
  if (answer.balance && *answer.balance != due.balance) {
    faults.push_back(SequentialFault::wrong_balance);
  }
  return faults;
}

std::vector<SequentialFault> judge_step(const SequentialStep& step, const Due& due) {
  if (!step.request) {
    return {SequentialFault::surplus};
  }
  if (!step.answer) {
    return step.request->shown ? std::vector{SequentialFault::missing}
                               : std::vector<SequentialFault>{};
  }
  return compare(step.request->kind, *step.answer, due);
}

/// The balance that the record claims: the last one shown, plus the changes it reports since.
class ClaimedBalance {
 public:
  explicit ClaimedBalance(Money opening) : balance_(opening) {}

  /// Whether the answer is right if the earlier ones are. Then takes this one as right too.
  bool explains(const SequentialStep& step) {
    Money after = balance_;
    const Due due = perform(*step.request, after);
    const bool right = judge_step(step, due).empty();
    if (step.answer && step.answer->outcome == SequentialOutcome::fail) {
      after = balance_;
    } else if (step.answer && step.answer->outcome == SequentialOutcome::success &&
               due.outcome == SequentialOutcome::fail) {
      const bool deposit = step.request->kind == SequentialKind::deposit;
      const Money change = deposit ? step.request->amount : Money{-step.request->amount.minor};
      after = checked_add(balance_, change).value_or(balance_);
    }
    balance_ = step.answer && step.answer->balance ? *step.answer->balance : after;
    return right;
  }

 private:
  Money balance_;
};

}  // namespace

std::vector<SequentialFinding> judge_sequential(Money opening,
                                                std::span<const SequentialStep> steps) {
  std::vector<SequentialFinding> findings;
  Money balance = opening;
  ClaimedBalance claimed(opening);
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const SequentialStep& step = steps[index];
    const Due due =
        step.request ? perform(*step.request, balance) : Due{SequentialOutcome::success, balance};
    const bool follows = step.request && claimed.explains(step);
    for (const SequentialFault fault : judge_step(step, due)) {
      findings.push_back({index, fault, due.outcome, due.balance, follows});
    }
  }
  return findings;
}

}  // namespace passbook
