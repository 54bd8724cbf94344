// SPDX-License-Identifier: Apache-2.0
// Those who run the bank: they start what is down, and recover what has lost its disk.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "branch/recovery.h"
#include "lab/sim/branches.h"

namespace passbook::sim {

/// One for each branch that needs it. Recovers it as `passbook recover` does. Of several histories,
/// one is chosen by chance.
class Operators {
 public:
  Operators(const Setup& setup, World& world, Network& network, Branches& branches);

  /// Looks after a branch after some time, until it serves.
  void look_after(BranchId branch, Duration wait);
  /// Does what is to be done about a fork of which some branch says, as `passbook status` shows it:
  /// one of those who differ is recovered. False when there is none.
  bool act_on_fork();
  /// Leaves a branch alone that is down, until it is called back.
  void leave(BranchId branch) { watched_[{branch, 0}].left = true; }
  bool has_left(BranchId branch) const;
  /// Who was left alone must be there to be asked.
  void call_back();
  /// Whether some branch is still looked after.
  bool busy() const;

  void answered(CallId call, const OperatorReply& reply);
  void happen(const OperatorActs& acts);
  void happen(const QuestionArrives& arrives);
  void happen(OperatorHears& hears);

 private:
  /// An operator, and whom they look after.
  using Job = std::pair<BranchId, std::uint32_t>;
  struct Question {
    Job about;
    BranchId asked;
    std::uint64_t attempt = 0;
    SealRequest request;
  };
  struct Watched {
    std::optional<RecoveryCoordinator> recovering;
    std::optional<Tag> keep;  ///< of several histories
    bool left = false;        ///< alone, until it is needed
    bool promised = false;    ///< someone may take no more of the branch, until there is an end
  };

  bool needs_recovery(BranchId branch) const;
  bool others_are_whole(BranchId branch) const;
  bool waits(BranchId branch, const Watched& watched) const;
  BranchId in_the_wrong(BranchId reader, const Fork& fork) const;
  void begin_recovery(Job job);
  bool hopeless_to_ask(Job job, BranchId other) const;
  void call_another(BranchId branch);
  void ask(Job job);
  void go_on(Job job);
  void try_again(Job job);
  void finish(Job job);
  void set_up(BranchId branch, Incarnation incarnation, std::vector<Record> records);

  World& world_;
  Network& network_;
  Branches& branches_;
  BankId bank_;
  Random random_;
  Random second_;
  bool pairs_;  ///< wherever one recovers a branch, another begins the same at about the same time
  std::map<Job, Watched> watched_;
  std::set<BranchId> condemned_;  ///< of two that differ, whom it was decided to recover
  std::map<CallId, Question> questions_;
  std::map<Job, std::uint64_t> attempts_;
  std::uint64_t last_recovery_ = 0;
  std::uint64_t last_call_ = std::uint64_t{1} << 40U;  ///< apart from those of clients
};

}  // namespace passbook::sim
