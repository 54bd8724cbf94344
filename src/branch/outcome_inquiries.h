// SPDX-License-Identifier: Apache-2.0
// Asking the branch that a write's id names what became of it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "branch/links.h"
#include "branch/options.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// A write belongs to the branch that its id names; a retry that turns up elsewhere is never
/// executed there. This keeps the questions that this branch has, and the peers that wait for its
/// answers.
class OutcomeInquiries {
 public:
  OutcomeInquiries(const Topology& topology, const BranchOptions& options)
      : topology_(topology), options_(options) {}

  /// Asks until it is answered or no longer wanted. `number` tells the question from all others.
  /// Asked again with another `until`, it is put again.
  void ask(std::uint64_t number, const RequestId& request, const std::optional<Change>& change,
           Instant until);
  void forget(std::uint64_t number) { asking_.erase(number); }
  /// Whether this answers a question that stands; then it stands no longer.
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
  /// When streams to branches that are no neighbours must be wanted again, to stay.
  Instant wake() const;

 private:
  struct Question {
    RequestId request;
    std::optional<Change> change;
    Instant until;
    bool asked = false;
    Instant want_again{};
  };

  const Topology& topology_;
  const BranchOptions& options_;
  std::map<std::uint64_t, Question> asking_;
  std::map<RequestId, std::map<BranchId, std::uint64_t>> awaited_;  ///< by whom, which question
  std::vector<std::pair<BranchId, OutcomeReply>> replies_;
};

}  // namespace passbook
