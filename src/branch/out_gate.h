// SPDX-License-Identifier: Apache-2.0
// Holds back messages and answers until the records they depend on are durable.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "branch/step.h"

namespace passbook {

/// No message leaves a branch before everything it had applied when the message was made is
/// durable. Messages leave in the order in which they were made.
class OutGate {
 public:
  struct Batch {
    std::uint64_t rests_on = 0;  ///< the number of journal records that must be durable
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
