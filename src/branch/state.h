// SPDX-License-Identifier: Apache-2.0
// What a branch knows for sure: the logs it has applied and all that follows from them.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "causal/lamport.h"
#include "causal/version_vector.h"
#include "ledger/ledger.h"

namespace passbook {

/// A write that a log holds, as its first answer told it.
struct AcceptedWrite {
  EntryId entry;
  Money balance;  ///< at this replica, right after the entry was applied
};

/// The logs, the ledger and the clock of one replica. Everything here is rebuilt by applying the
/// same entries in the same order; nothing here waits, asks or times out.
class State {
 public:
  State(const Bank& bank, Origin self);

  /// Takes back what an earlier life persisted, in the order in which it did.
  void restore(std::span<const Entry> entries);

  Origin self() const { return self_; }
  const VersionVector& applied() const { return applied_; }
  const Ledger& ledger() const { return ledger_; }
  Sequence own_length() const { return applied_.at(self_); }

  /// An entry that has been applied.
  const Entry& entry(EntryId id) const;

  /// The write that a request became, wherever it was accepted, if it is applied here.
  std::optional<AcceptedWrite> find(const RequestId& request) const;

  Stamp tick() { return clock_.tick(); }
  void observe(Stamp stamp) { clock_.observe(stamp); }

  /// Accepts a change that the ledger does not refuse: appends it to this branch's log and
  /// applies it. `needed` is applied here; the entry depends on it.
  const Entry& accept(const Change& change, const VersionVector& needed,
                      std::optional<RequestId> request);

  /// Applies another origin's entry: the next of its log, with its dependencies applied.
  const Entry& apply(Entry entry);

 private:
  const Entry& append(Entry entry);
  std::vector<EntryId> dependencies(const VersionVector& needed);

  struct HashRequest {
    std::size_t operator()(const RequestId& id) const;
  };

  Origin self_;
  Ledger ledger_;
  LamportClock clock_;
  VersionVector applied_;
  std::map<Origin, std::deque<Entry>> logs_;
  /// All that this branch's own entries depend on so far: what need not be said again.
  VersionVector declared_;
  /// From each origin, the last grant of rights to this branch.
  VersionVector grants_;
  std::unordered_map<RequestId, AcceptedWrite, HashRequest> writes_;
};

}  // namespace passbook
