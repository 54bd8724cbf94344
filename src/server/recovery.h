// SPDX-License-Identifier: Apache-2.0
// The recovery of a branch that lost its disk, from the other branches' data.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "server/branch_server.h"

namespace passbook {

/// Who is asked to seal the lost log, and how.
struct RecoveryTerms {
  /// "HOST:PORT" of every other branch that still exists.
  std::map<BranchId, std::string> operators;
  std::optional<Tag> keep;  ///< the end of the history to keep, if its log has several
  bool release_rights = false;
  Duration patience = std::chrono::seconds(10);  ///< for each peer's answer
};

struct RecoveryPlan {
  BranchConfig branch;                    ///< the branch, to be rebuilt in its `data` directory
  std::map<BranchId, std::string> peers;  ///< "HOST:PORT" of the same branches, to fetch entries
                                          ///< from
  RecoveryTerms terms;
};

/// The result of a recovery.
struct Recovered {
  Incarnation incarnation;           ///< the branch's new incarnation
  std::vector<TaggedPosition> ends;  ///< where the earlier incarnations ended
  std::string renamed_to;            ///< where the old directory is now; empty if there was none
  std::uint64_t entries = 0;         ///< entries fetched
  std::vector<BranchId> without;     ///< the branches that were not asked
  std::vector<BranchId> diverged;    ///< the branches with given-up entries, which must be
                                     ///< recovered
};

/// Takes the next incarnation, has every peer promise to take no more of the earlier ones, makes
/// the furthest position of any peer the end for all, and fetches everything. An old directory is
/// renamed, never removed. A failed recovery can be tried again. The error is one line.
std::expected<Recovered, std::string> recover_branch(const RecoveryPlan& plan);

/// How to restart a branch in memory that has forgotten its earlier lives: as the next incarnation,
/// or as a new branch if nobody knows of it any more. Waits as long as for an answer for obstacles
/// that may pass, such as another process of the branch that is still connected to a peer.
/// Meanwhile `restarted` answers other branches that are being recovered. Nothing if it was asked
/// to stop. The error is one line.
std::expected<std::optional<BranchConfig>, std::string> rejoin(BranchServer& restarted,
                                                               BranchConfig config,
                                                               const RecoveryTerms& terms);

}  // namespace passbook
