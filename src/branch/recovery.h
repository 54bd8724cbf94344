// SPDX-License-Identifier: Apache-2.0
// Recovery: how those who run a bank let its branches agree on what is left of one that lost its
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

/// What is to be recovered, and how.
struct RecoveryOrder {
  BankId bank;
  BranchId branch;               ///< that lost its disk
  std::vector<BranchId> others;  ///< who are asked: all that still exist
  std::uint64_t nonce = 0;       ///< random, another for each recovery
  std::optional<Tag> keep;       ///< of several histories of the branch's log, the one that ends so
  bool release_rights = false;
  /// The nonce of a process of the branch that wants to be its next incarnation. It needs to be
  /// that only if somebody has heard of the branch, and may not while another process of it is
  /// connected to anyone.
  std::optional<std::uint64_t> process = {};
};

/// Asks all others four times, and goes on when all have answered:
/// 1. which incarnations they have heard of: the next is taken (a process in memory, of which
///    nobody has heard, needs no more than that);
/// 2. to promise, durably, to take no more of those before, and to say how far they have them: the
///    furthest of all is the end of each log, unless an earlier recovery agreed on one;
/// 3. one that has such an end, whether what the others said lies before it in its log: if not,
///    there are several histories, and those who run the bank must choose;
/// 4. to take these as the ends, for ever.
///
/// Pure: who carries the questions, over what, is another's business. A recovery that failed can be
/// begun again, with another nonce; what it was promised, then counts for nothing.
class RecoveryCoordinator {
 public:
  struct Question {
    BranchId to;
    SealRequest request;
  };

  explicit RecoveryCoordinator(RecoveryOrder order);

  /// What is to be asked now, each of it once. Empty at the end.
  const std::vector<Question>& questions() const { return questions_; }
  /// What a branch answered to its question. True when that was the last: there are other questions
  /// now, or none any more.
  bool hear(BranchId from, const SealReply& reply);

  /// Why it has failed; empty while it has not.
  const std::string& failure() const { return failure_; }
  /// Whether it would fail again, as long as nobody orders anything else.
  bool hopeless() const { return hopeless_; }
  /// When it failed because there are several histories: where they end, each of which can be kept.
  const std::vector<TaggedPosition>& histories() const { return histories_; }

  /// Whether there is anything to recover: false for a process of which nobody has heard before,
  /// once nothing is asked any more.
  bool needed() const { return !order_.process || known_; }

  /// The result, once nothing is asked any more and nothing failed: what the new incarnation begins
  /// with.
  const Seal& seal() const { return seal_; }
  const Recovery& recovery() const { return recovery_; }
  /// Branches that have what was given up: they stop, and must be recovered as well.
  std::vector<BranchId> in_the_wrong() const;

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
  bool is_in_the_wrong(BranchId branch) const;

  RecoveryOrder order_;
  Stage stage_ = Stage::find;
  std::vector<Question> questions_;
  std::set<BranchId> unanswered_;
  Incarnation highest_{1};
  bool known_ = false;  ///< to anybody but the branch itself
  std::map<BranchId, std::vector<TaggedPosition>> have_;
  Seals settled_;  ///< the newest end on which an earlier recovery agreed
  Seal seal_;
  Recovery recovery_;
  std::string failure_;
  bool hopeless_ = false;
  std::vector<TaggedPosition> histories_;
};

}  // namespace passbook
