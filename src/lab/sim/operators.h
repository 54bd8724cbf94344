// SPDX-License-Identifier: Apache-2.0
// The operators of the bank: they start branches that are down, and recover those that have lost
// their disks.
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

/// One operator for each branch that needs one, who recovers it as `passbook recover` does. Of
/// several histories, chance chooses one.
class Operators {
 public:
  Operators(const Setup& setup, World& world, Network& network, Branches& branches);

  /// Begins to watch a branch after `wait`, until it serves.
  void watch(BranchId branch, Duration wait);
  /// Acts on a fork that some branch reports, as `passbook status` shows it: recovers one of the
  /// branches that differ. False if there is none.
  bool act_on_fork();
  /// Leaves a branch that is down alone, until `resume_watching`.
  void leave(BranchId branch) { watched_[{branch, 0}].left = true; }
  bool has_left(BranchId branch) const;
  /// Watches again the branches that were left alone, because they must be there to be asked.
  void resume_watching();
  /// Whether some branch is still watched.
  bool busy() const;

  void answered(CallId call, const OperatorReply& reply);
  void happen(const OperatorActs& acts);
  void happen(const QuestionArrives& arrives);
  void happen(OperatorHears& hears);

 private:
  /// An operator, and the branch that they watch.
  using Job = std::pair<BranchId, std::uint32_t>;
  struct Question {
    Job about;
    BranchId asked;
    std::uint64_t attempt = 0;
    SealRequest request;
  };
  struct Watched {
    std::optional<RecoveryCoordinator> recovering;
    std::optional<Tag> keep;  ///< the history to keep, of several
    bool left = false;        ///< left alone until it is needed
    bool promised = false;    ///< a branch has promised to take no more of it, until there is an
                              ///< end
  };

  bool needs_recovery(BranchId branch) const;
  bool others_are_whole(BranchId branch) const;
  bool waits(BranchId branch, const Watched& watched) const;
  BranchId branch_to_recover(BranchId reader, const Fork& fork) const;
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
  bool pairs_;  ///< two operators begin each recovery at about the same time
  std::map<Job, Watched> watched_;
  std::set<BranchId> condemned_;  ///< the branches chosen for recovery, where two differ
  std::map<CallId, Question> questions_;
  std::map<Job, std::uint64_t> attempts_;
  std::uint64_t last_recovery_ = 0;
  std::uint64_t last_call_ = std::uint64_t{1} << 40U;  ///< distinct from those of clients
};

}  // namespace passbook::sim
