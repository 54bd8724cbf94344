// SPDX-License-Identifier: Apache-2.0
// Recovery: how operators make the branches agree on the remaining log of a branch that lost its
// disk.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "branch/seals.h"
#include "protocol/operator_messages.h"
#include "protocol/records.h"

namespace passbook {

/// The branch to recover, and how.
struct RecoveryOrder {
  BankId bank;
  BranchId branch;               ///< the branch that lost its disk
  std::vector<BranchId> others;  ///< the branches to ask: all that still exist
  std::uint64_t nonce = 0;       ///< random, different for each recovery
  /// If the branch's log has several histories: the end of the one to keep.
  std::optional<Tag> keep;
  bool release_rights = false;
  /// The nonce of a process of the branch that wants to become its next incarnation. It needs a
  /// recovery only if somebody has heard of the branch. It may not become the next incarnation
  /// while another process of the branch is connected to any other branch.
  std::optional<std::uint64_t> process = {};
};

/// Asks all other branches in four rounds. The next round begins when all have answered:
/// 1. Which incarnations have they heard of? The next one is taken. (A process in memory needs no
/// more rounds if nobody has heard of it.)
///    nobody has heard, needs no more than that);
/// 2. Will they durably promise to take no more blocks of the earlier incarnations, and how far do
/// they have those logs? The furthest position is the end of each log, unless an earlier recovery
/// agreed on one.
///    furthest of all is the end of each log, unless an earlier recovery agreed on one;
/// 3. To one branch that has such an end: do the positions of the others lie before it in its log?
/// If not, the log has several histories, and the operators must choose.
///    there are several histories, and those who run the bank must choose;
/// 4. Will they take these ends as final?
///
/// Pure: the caller carries the questions, by any means. A failed recovery can be repeated with
/// another nonce. Promises made to the failed one then no longer count.
class RecoveryCoordinator {
 public:
  struct Question {
    BranchId to;
    SealRequest request;
  };

  explicit RecoveryCoordinator(RecoveryOrder order);

  /// The questions to ask now, each once. Empty at the end.
  const std::vector<Question>& questions() const { return questions_; }
  /// Takes a branch's answer to its question. True if it was the last answer of the round:
  /// `questions` are now those of the next round, or empty at the end.
  bool hear(BranchId from, const SealReply& reply);

  /// Why the recovery failed. Empty if it has not.
  const std::string& failure() const { return failure_; }
  /// Whether it would fail again with the same order.
  bool hopeless() const { return hopeless_; }
  /// If it failed because of several histories: their ends. Any of them can be kept.
  const std::vector<TaggedPosition>& histories() const { return histories_; }

  /// Whether there is anything to recover. False for a process of which nobody has heard before.
  /// Valid once `questions` is empty.
  bool needed() const { return !order_.process || known_; }

  /// The result, which the new incarnation begins with. Valid once `questions` is empty and the
  /// recovery has not failed.
  const Seal& seal() const { return seal_; }
  const Recovery& recovery() const { return recovery_; }
  /// Branches that have entries that were given up. They stop, and must be recovered as well.
  std::vector<BranchId> diverged() const;

 private:
  enum class Stage : std::uint8_t { find, promise, compare, agree, over };

  SealRequest request() const;
  void ask(Stage stage, std::vector<Question> questions);
  void ask_all(Stage stage, const SealRequest& request);
  void take(BranchId from, const SealReply& reply);
  void note_settled(const Seal& known);
  bool was_given_up(const TaggedPosition& position) const;
  void next_stage();
  void compare();
  bool choose_ends();
  void give_up(const TaggedPosition& position);
  void agree();
  void find(BranchId from, const SealReply& reply);
  void fail(std::string why);
  void fail_for_good(std::string why);
  void fail_for_histories();
  bool has_diverged(BranchId branch) const;

  RecoveryOrder order_;
  Stage stage_ = Stage::find;
  std::vector<Question> questions_;
  std::set<BranchId> unanswered_;
  Incarnation highest_{1};
  bool known_ = false;  ///< whether any other branch has heard of it
  std::map<BranchId, std::vector<TaggedPosition>> have_;
  Seals settled_;  ///< the newest ends on which an earlier recovery agreed
  Seal seal_;
  Recovery recovery_;
  std::string failure_;
  bool hopeless_ = false;
  std::vector<TaggedPosition> histories_;
};

}  // namespace passbook
