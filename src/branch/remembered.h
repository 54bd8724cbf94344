// SPDX-License-Identifier: Apache-2.0
// The newest accepted writes by the requests that they answered: what makes a retry harmless.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "causal/version_vector.h"
#include "protocol/records.h"

namespace passbook {

/// Holds so many of the newest writes of this branch's own logs, and as many of all others. What
/// is forgotten of the own logs leaves a mark: a request whose sender had seen less than that of
/// them may be one that was forgotten.
class Remembered {
 public:
  Remembered(BranchId self, std::size_t most) : self_(self), most_(most) {}

  void add(const AcceptedWrite& write);

  /// The write that a request became, or nothing.
  const AcceptedWrite* find(const RequestId& request) const;

  /// For each own log, the last entry whose request is forgotten.
  const VersionVector& forgotten() const { return forgotten_; }

  /// Puts the writes since the last page into a snapshot.
  void turn_page(Snapshot& snapshot);
  /// Takes back what snapshots held.
  void restore(const Snapshot& snapshot);

 private:
  struct HashRequest {
    std::size_t operator()(const RequestId& id) const;
  };
  /// Counts what was ever added to a queue.
  struct Queue {
    std::deque<RequestId> order;
    std::uint64_t added = 0;
  };
  /// The writes that one snapshot holds.
  struct Page {
    std::uint64_t since = 0;  ///< records of the snapshot
    std::uint64_t own_added = 0;
    std::uint64_t others_added = 0;
  };

  bool needed(const Page& page) const;
  void put_newest(const Queue& queue, std::uint64_t since, Snapshot& out) const;

  BranchId self_;
  std::size_t most_;
  std::unordered_map<RequestId, AcceptedWrite, HashRequest> writes_;
  Queue own_;
  Queue others_;
  VersionVector forgotten_;
  std::deque<Page> pages_;
};

}  // namespace passbook
