// SPDX-License-Identifier: Apache-2.0
// Holds back what a branch says until what it rests on is durable.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "branch/step.h"

namespace passbook {

/// Nothing leaves a branch before everything it had applied when it was made is durable there.
/// What is let out leaves in the order in which it was made.
class OutGate {
 public:
  struct Batch {
    std::uint64_t rests_on = 0;  ///< so many records of the journal must be durable
    std::vector<SendMessage> sends;
    std::vector<AnswerCall> answers;
    std::vector<AnswerOperator> operator_answers;
  };

  void hold(Batch batch) { held_.push_back(std::move(batch)); }

  /// The batches that may leave when `durable` records are durable, oldest first.
  std::vector<Batch> release(std::uint64_t durable);

 private:
  std::deque<Batch> held_;
};

}  // namespace passbook
