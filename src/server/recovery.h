// SPDX-License-Identifier: Apache-2.0
// Bringing back a branch that lost its disk, from what the other branches have.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "server/branch_server.h"

namespace passbook {

/// Who is asked to seal what is lost of a branch, and how.
struct RecoveryTerms {
  /// "HOST:PORT" of every other branch that still exists.
  std::map<BranchId, std::string> operators;
  std::optional<Tag> keep;  ///< of several histories of its log, the one that ends so
  bool release_rights = false;
  Duration patience = std::chrono::seconds(10);  ///< for each peer's answer
};

struct RecoveryPlan {
  BranchConfig branch;                    ///< `data` is where it is rebuilt
  std::map<BranchId, std::string> peers;  ///< "HOST:PORT" of the same, whence entries are fetched
  RecoveryTerms terms;
};

/// What was found, and what became of it.
struct Recovered {
  Incarnation incarnation;           ///< that the branch has now
  std::vector<TaggedPosition> ends;  ///< where the earlier ones ended
  std::string kept_aside;            ///< where the old directory is now; empty when there was none
  std::uint64_t entries = 0;         ///< fetched
  std::vector<BranchId> without;     ///< branches that were not asked
  std::vector<BranchId> in_the_wrong;  ///< that have what was given up, and must be recovered
};

/// Takes the next incarnation; lets every peer promise to take no more of those before; makes the
/// furthest that any of them has the end, for all; and fetches everything. An old directory is
/// renamed, never removed. When it fails it can be tried again. The error is one line.
std::expected<Recovered, std::string> recover_branch(const RecoveryPlan& plan);

/// What a branch in memory that has forgotten its earlier lives is to be started as: the next
/// incarnation; or again as one that was never here, if nobody knows of it any more. It is not
/// begun while another process of the branch is connected to anyone. Meanwhile the one that forgot
/// answers other branches that are recovered. What stands in the way may pass, and is waited for
/// as long as for an answer. Nothing when it was asked to stop; the error is one line.
std::expected<std::optional<BranchConfig>, std::string> rejoin(BranchServer& forgetful,
                                                               BranchConfig config,
                                                               const RecoveryTerms& terms);

}  // namespace passbook
