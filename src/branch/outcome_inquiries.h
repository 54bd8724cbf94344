// SPDX-License-Identifier: Apache-2.0
// Asks the branch named by a write's id for the outcome of the write.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "branch/links.h"
#include "branch/options.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// A write belongs to the branch that its id names. A retry that arrives elsewhere is never
/// executed there. This class keeps this branch's open questions, and the peers that wait for its
/// answers.
class OutcomeInquiries {
 public:
  OutcomeInquiries(const Topology& topology, const BranchOptions& options)
      : topology_(topology), options_(options) {}

  /// Asks until the question is answered or forgotten. `number` identifies the question. Calling
  /// this again with another `until` asks again.
  void ask(std::uint64_t number, const RequestId& request, const std::optional<Change>& change,
           Instant until);
  void forget(std::uint64_t number) { asking_.erase(number); }
  /// Whether this answers an open question. If so, the question is closed.
  bool answered(const OutcomeReply& reply);

  /// A peer waits for the outcome of a write in work here.
  void awaited(const OutcomeRequest& asked, BranchId by) {
    awaited_[asked.request][by] = asked.question;
  }
  /// The outcome is decided.
  void decided(const OutcomeReply& reply);
  void tell(BranchId peer, const OutcomeReply& reply) { replies_.emplace_back(peer, reply); }

  void disconnected(BranchId peer);
  void flush(Links& links, Instant now, Effects& out);
  /// The number of open questions, asked or awaited.
  std::size_t unfinished() const { return asking_.size() + awaited_.size() + replies_.size(); }
  /// When streams to branches that are no neighbours must be renewed to stay open.
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
  /// The number of the question, by asking branch.
  std::map<RequestId, std::map<BranchId, std::uint64_t>> awaited_;
  std::vector<std::pair<BranchId, OutcomeReply>> replies_;
};

}  // namespace passbook
