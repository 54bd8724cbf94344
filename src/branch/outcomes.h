// SPDX-License-Identifier: Apache-2.0
// Asking the branch that was asked first what became of a write.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "branch/links.h"
#include "branch/step.h"

namespace passbook {

/// A write belongs to the branch that its id names; a retry that turns up elsewhere is never
/// executed there. This keeps the questions that this branch has, and the peers that wait for its
/// answers.
class Outcomes {
 public:
  /// Asks until it is answered or no longer wanted.
  void ask(const RequestId& request, const Operation& operation, Instant until);
  void forget(const RequestId& request) { asking_.erase(request); }
  /// Whether this answers a question that stands; then it stands no longer.
  bool answered(const OutcomeReply& reply) { return asking_.erase(reply.request) > 0; }

  /// A peer waits for what becomes of a write in work here.
  void awaited(const RequestId& request, BranchId by) { awaited_[request].insert(by); }
  /// It is decided.
  void decided(const OutcomeReply& reply);
  void tell(BranchId peer, const OutcomeReply& reply) { replies_.emplace_back(peer, reply); }

  void disconnected(BranchId peer);
  void flush(Links& links, Instant now, Effects& out);

 private:
  struct Question {
    Operation operation;
    Instant until;
    bool asked = false;
  };

  std::map<RequestId, Question> asking_;
  std::map<RequestId, std::set<BranchId>> awaited_;
  std::vector<std::pair<BranchId, OutcomeReply>> replies_;
};

}  // namespace passbook
