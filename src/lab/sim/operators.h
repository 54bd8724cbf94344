// SPDX-License-Identifier: Apache-2.0
// Those who run the bank: they start what is down, and recover what has lost its disk.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "lab/sim/branches.h"

namespace passbook::sim {

/// One for each branch that needs it. A recovery asks every other branch three times, as
/// `passbook recover` does (src/server/recovery.cc): how far the old incarnations got, to promise
/// to take no more of them, and to agree where they ended.
class Operators {
 public:
  Operators(const Setup& setup, World& world, Network& network, Branches& branches);

  /// Looks after a branch after some time, until it serves.
  void look_after(BranchId branch, Duration wait);
  /// Whether some branch is still looked after.
  bool busy() const { return !watched_.empty(); }
  bool looks_after(BranchId branch) const { return watched_.contains(branch); }

  void answered(CallId call, const OperatorReply& reply);
  void happen(const OperatorActs& acts);
  void happen(const QuestionArrives& arrives);
  void happen(OperatorHears& hears);

 private:
  enum class Stage : std::uint8_t { find_highest, let_promise, agree };
  struct Recovering {
    Stage stage = Stage::find_highest;
    SealRequest request;
    std::size_t waiting = 0;  ///< for so many answers
    bool failed = false;
    Incarnation highest;
    VersionVector have;
    VersionVector applied;
  };
  struct Question {
    BranchId about;
    BranchId asked;
    std::uint64_t attempt = 0;
    SealRequest request;
  };

  bool needs_recovery(BranchId branch) const;
  void begin_recovery(BranchId branch);
  void ask_all(BranchId branch, Recovering& recovering);
  void next_stage(BranchId branch, Recovering& recovering);

  World& world_;
  Network& network_;
  Branches& branches_;
  BankId bank_;
  Random random_;
  std::map<BranchId, std::optional<Recovering>> watched_;
  std::map<CallId, Question> questions_;
  std::map<BranchId, std::uint64_t> attempts_;
  std::uint64_t last_call_ = std::uint64_t{1} << 40U;  ///< apart from those of clients
};

}  // namespace passbook::sim
