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

struct RecoveryPlan {
  BranchConfig branch;  ///< `data` is where it is rebuilt
  // "HOST:PORT" of every other branch that still exists, for the same branches.
  std::map<BranchId, std::string> peers;      ///< whence entries are fetched
  std::map<BranchId, std::string> operators;  ///< who are asked to seal
  std::optional<Tag> keep;  ///< of several histories of its log, the one that ends so
  bool release_rights = false;
  Duration patience = std::chrono::seconds(10);  ///< for each peer's answer
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

}  // namespace passbook
