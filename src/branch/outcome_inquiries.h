// SPDX-License-Identifier: Apache-2.0
// Asking the branch that was asked first what became of a write.
#pragma once

#include <map>
#include <vector>

#include "branch/links.h"
#include "branch/step.h"

namespace passbook {

/// A write belongs to the branch that its id names; a retry that turns up elsewhere is never
/// executed there. This keeps the questions that this branch has, and the peers that wait for its
/// answers.
class OutcomeInquiries {
 public:
  /// Asks until it is answered or no longer wanted.
  void ask(const RequestId& request, const Operation& operation, Instant until);
  void forget(const RequestId& request) { asking_.erase(request); }
  /// Whether this answers a question that stands; then it stands no longer. One about the same id
  /// that was given up may have been of a write with another body.
  bool answered(const OutcomeReply& reply);

  /// A peer waits for what becomes of a write in work here.
  void awaited(const OutcomeRequest& asked, BranchId by) {
    awaited_[asked.request][by] = asked.question;
  }
  /// It is decided.
  void decided(const OutcomeReply& reply);
  void tell(BranchId peer, const OutcomeReply& reply) { replies_.emplace_back(peer, reply); }

  void disconnected(BranchId peer);
  void flush(Links& links, Instant now, Effects& out);

 private:
  struct Question {
    Operation operation;
    Instant until;
    std::uint64_t number = 0;
    bool asked = false;
  };

  std::uint64_t last_question_ = 0;
  std::map<RequestId, Question> asking_;
  std::map<RequestId, std::map<BranchId, std::uint64_t>> awaited_;  ///< by whom, which question
  std::vector<std::pair<BranchId, OutcomeReply>> replies_;
};

}  // namespace passbook
