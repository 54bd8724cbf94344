// SPDX-License-Identifier: Apache-2.0
// What a branch knows for sure: the logs it has applied and all that follows from them.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "branch/remembered.h"
#include "branch/seals.h"
#include "causal/lamport.h"
#include "causal/version_vector.h"
#include "ledger/ledger.h"
#include "protocol/records.h"

namespace passbook {

/// The logs, the ledger and the clock of one replica. Everything here is rebuilt by applying the
/// same entries in the same order; nothing here waits, asks or times out.
class State {
 public:
  /// `remembered`: how many writes are known by their requests, of the own log and of all others.
  State(const Bank& bank, Origin self, std::size_t remembered = 1'000'000);

  /// Takes back what an earlier life recorded.
  void restore(const Recall& recall);

  Origin self() const { return self_; }
  const VersionVector& applied() const { return applied_; }
  const Ledger& ledger() const { return ledger_; }
  Sequence own_length() const { return applied_.at(self_); }
  const Seals& seals() const { return seals_; }
  /// How many records there are.
  std::uint64_t records() const { return records_; }

  /// An entry that has been applied, or nothing when it is no longer kept in memory.
  const Entry* find(EntryId id) const;

  /// The write that a request became, wherever it was accepted, if it is applied and remembered.
  const AcceptedWrite* find(const RequestId& request) const { return remembered_.find(request); }
  /// For each of this branch's own logs, the last entry whose request is forgotten.
  const VersionVector& forgotten() const { return remembered_.forgotten(); }

  /// What must be applied before this branch may serve, after it lost its disk.
  const VersionVector& goal() const;
  bool recovered() const { return applied_.covers(goal()); }

  /// The branch's clock, which all that happens here advances.
  LamportClock& clock() { return clock_; }
  const LamportClock& clock() const { return clock_; }

  /// Accepts a change that the ledger does not refuse: appends it to this branch's log and
  /// applies it. `needed` is applied here; the entry depends on it.
  const Entry& accept(const Change& change, const VersionVector& needed,
                      std::optional<RequestId> request);

  /// Applies another origin's entry: the next of its log, with its dependencies applied.
  const Entry& apply(Entry entry);

  /// Takes in a seal. False when it says nothing new.
  bool seal(const Seal& seal);

  /// After a recovery, the rights that its earlier incarnations left behind, if they are to be
  /// taken over.
  std::vector<Release> releasable() const;

  /// All of this in brief. What the snapshot before covered is no longer kept in memory.
  Snapshot snapshot();

 private:
  struct Log {
    Sequence dropped;  ///< entries up to here are no longer in memory
    std::deque<Entry> entries;
  };

  void restore(const Snapshot& snapshot);
  void restore(const Entry& entry);
  void restore(const Seal& seal) { this->seal(seal); }
  void restore(const Recovery& recovery) { recovery_ = recovery; }
  const Entry& append(Entry entry);
  std::vector<EntryId> dependencies(const VersionVector& needed);
  void drop_up_to(const VersionVector& positions);

  Origin self_;
  Ledger ledger_;
  LamportClock clock_;
  VersionVector applied_;
  std::uint64_t records_ = 0;
  std::map<Origin, Log> logs_;
  /// All that this branch's own entries depend on so far: what need not be said again.
  VersionVector declared_;
  /// From each origin, the last grant of rights to this branch.
  VersionVector grants_;
  Remembered remembered_;
  Seals seals_;
  std::optional<Recovery> recovery_;
  VersionVector last_snapshot_;  ///< what was applied then
};

}  // namespace passbook
