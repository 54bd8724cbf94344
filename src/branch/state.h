// SPDX-License-Identifier: Apache-2.0
// What a branch knows for sure: the logs it has applied and all that follows from them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "branch/forks.h"
#include "branch/logs.h"
#include "branch/remembered.h"
#include "branch/seals.h"
#include "causal/lamport.h"
#include "causal/version_vector.h"
#include "ledger/block_builder.h"
#include "ledger/ledger.h"
#include "protocol/records.h"

namespace passbook {

/// An entry as it was taken into the books.
struct Booked {
  Entry entry;
  Money balance;  ///< of its account, after it
  Stamp clock;    ///< the branch's, when it was taken in
};

/// The logs, the ledger and the clock of one replica. Everything here is rebuilt by applying the
/// same blocks in the same order; nothing here waits, asks or times out.
///
/// What this branch accepts counts at once, and gathers in an open block, which is closed before
/// anyone else hears of it.
class State {
 public:
  /// `nonce` is the process's; `remembered`: how many writes are known by their requests, of the
  /// own log and of all others.
  State(const Bank& bank, Origin self, std::uint64_t nonce = 0, std::size_t remembered = 1'000'000);

  /// Takes back what an earlier life recorded. The blocks follow each other.
  void restore(const Recall& recall);

  /// A process begins after all those whose records were taken back.
  ProcessBegun begin_process();

  Origin self() const { return self_; }
  /// Who accepts.
  ProcessId process() const { return process_; }
  const VersionVector& applied() const { return applied_; }
  const Ledger& ledger() const { return ledger_; }
  Sequence own_length() const { return applied_.at(self_); }
  const Seals& seals() const { return seals_; }
  const Forks& forks() const { return forks_; }
  Forks& forks() { return forks_; }
  /// How many records there are.
  std::uint64_t records() const { return records_; }

  /// The logs without the open block.
  const Logs& logs() const { return logs_; }

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
  Booked accept(const Change& change, const VersionVector& needed,
                std::optional<RequestId> request);

  /// Whether what was accepted last is in a block that may still grow.
  bool open() const { return open_.has_value(); }
  /// Closes the open block, if there is one.
  void close();

  /// Closes the open block. What was accepted since this was last called, in order.
  std::vector<Block> take_accepted();

  /// Whether a block of another origin breaks a rule of the ledger.
  bool breaks_rules(const Block& block) const;
  /// Applies another origin's block: the next of its log, with its dependencies applied, and no
  /// rule broken. Nothing accepted is left to be taken.
  std::vector<Booked> apply(const Block& block);

  /// Takes in a seal. False when it says nothing new.
  bool seal(const Seal& seal);

  /// After a recovery, the rights that its earlier incarnations left behind, if they are to be
  /// taken over.
  std::vector<Release> releasable() const;

  /// All of this in brief. What the snapshot before covered is no longer kept in memory.
  Snapshot snapshot();

 private:
  void restore(const Snapshot& snapshot);
  void restore(const Block& block);
  void restore(const Seal& seal) { this->seal(seal); }
  void restore(const Recovery& recovery) { recovery_ = recovery; }
  void restore(const ProcessBegun& begun) { process_.counter = begun.counter; }
  Booked book(const Entry& entry);
  std::vector<TaggedPosition> dependencies(const VersionVector& needed);

  Origin self_;
  ProcessId process_;
  Ledger ledger_;
  LamportClock clock_;
  VersionVector applied_;
  std::uint64_t records_ = 0;
  Logs logs_;
  std::optional<BlockBuilder> open_;  ///< of what this branch has accepted; its first stamp is
  Stamp open_stamp_;
  std::vector<Block> closed_;  ///< and not yet taken
  /// All that this branch's own entries depend on so far: what need not be said again.
  VersionVector declared_;
  /// From each origin, the last grant of rights to this branch.
  VersionVector grants_;
  Remembered remembered_;
  Seals seals_;
  Forks forks_;
  std::optional<Recovery> recovery_;
  VersionVector last_snapshot_;  ///< what was applied then
};

}  // namespace passbook
