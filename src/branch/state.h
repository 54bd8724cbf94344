// SPDX-License-Identifier: Apache-2.0
// The durable state of a branch: the applied logs, and everything computed from them.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "branch/forks.h"
#include "branch/logs.h"
#include "branch/seals.h"
#include "branch/session_table.h"
#include "causal/lamport.h"
#include "causal/version_vector.h"
#include "ledger/block_builder.h"
#include "ledger/ledger.h"
#include "protocol/records.h"

namespace passbook {

/// An applied entry.
struct Booked {
  Entry entry;
  Money balance;  ///< balance of its account after the entry
  Stamp clock;    ///< the branch's clock when it applied the entry
};

/// Why a branch can't be rebuilt from its journal: no branch of its bank wrote this data.
struct Damage {
  std::optional<std::uint64_t> record;  ///< record of the journal, from 1; empty for the snapshot
  std::string what;
};

/// Describes the damage in words that follow "the journal is damaged": " at record 18: ...".
std::string describe(const Damage& damage);

/// The logs, the ledger and the clock of one replica. Applying the same blocks in the same order
/// rebuilds everything here. Nothing here waits, asks or times out.
///
/// Entries that this branch accepts count at once, and are collected in an open block. The block is
/// closed before any message about it leaves.
class State {
 public:
  /// `nonce` is the process's, and must be secret from customers. `session_bytes` limits the memory
  /// for the sessions of this origin, and likewise for those of all others. `snapshots`: whether
  /// any will be made.
  State(const Bank& bank, Origin self, std::uint64_t nonce = 0,
        std::size_t session_bytes = 67'108'864, bool snapshots = true);

  /// Restores the records of earlier processes. No input makes this abort, whoever wrote it. After
  /// an error the state must not be used.
  std::expected<void, Damage> restore(const Recall& recall);

  /// Begins this process, with a counter above those of all restored records.
  ProcessBegun begin_process() { return begin_process_after(process_.counter); }
  /// The same, if other branches know of a process with this counter.
  ProcessBegun begin_process_after(std::uint64_t counter);

  Origin self() const { return self_; }
  /// The process that accepts entries.
  ProcessId process() const { return process_; }
  const VersionVector& applied() const { return applied_; }
  const Ledger& ledger() const { return ledger_; }
  Sequence own_length() const { return applied_.at(self_); }
  const Seals& seals() const { return seals_; }
  const Forks& forks() const { return forks_; }
  Forks& forks() { return forks_; }
  /// The number of records, and how many of them the newest snapshot covers.
  std::uint64_t records() const { return records_; }
  std::uint64_t records_in_snapshot() const { return records_in_snapshot_; }

  /// The logs without the open block.
  const Logs& logs() const { return logs_; }

  /// The decision on a write, if it is applied and remembered: that it was accepted or, for a write
  /// of this origin, that it never takes effect.
  const Decision* find(const RequestId& request) const { return sessions(request).find(request); }
  /// The sessions of all writes of this origin, or of all writes of other origins, whichever
  /// includes the request's.
  const SessionTable& sessions(const RequestId& request) const {
    return request.origin == self_ ? own_sessions_ : other_sessions_;
  }
  /// Decides that a write of this origin never takes effect. Others may be told once the record is
  /// durable.
  Refusal refuse(Refusal refusal);

  /// False after a lost disk, until this branch has the data that it needs to serve again.
  bool recovered() const;

  /// The branch's clock, which every local event advances.
  LamportClock& clock() { return clock_; }
  const LamportClock& clock() const { return clock_; }

  /// Accepts a change that the ledger does not refuse: appends it to this branch's log and applies
  /// it. `needed` must be applied here; the entry depends on it.
  Booked accept(const Change& change, const VersionVector& needed,
                std::optional<RequestId> request);

  /// Whether the entry accepted last is in a block that may still grow.
  bool open() const { return open_.has_value(); }
  /// Closes the open block, if there is one.
  void close();

  /// Closes the open block. Returns the blocks accepted since the last call, in order.
  std::vector<Block> take_accepted();

  /// Whether a block of another origin breaks a rule of the ledger.
  bool breaks_rules(const Block& block) const;
  /// Applies another origin's block. It must be the next of its log, have its dependencies applied,
  /// and break no rule. All accepted blocks must have been taken.
  std::vector<Booked> apply(const Block& block);

  /// Takes in a seal. False if it says nothing new.
  bool seal(const Seal& seal);
  /// Whether a position certainly belongs to entries that were given up: beyond the end of a log
  /// that has ended, or in another of its histories. Without a tag, any history is meant.
  bool gave_up(const TaggedPosition& position) const;
  /// Whether the log has ended and all that was kept of it is here.
  bool has_kept_end(Origin origin) const;
  /// The end of the log, if it has ended and something was kept of it.
  std::optional<TaggedPosition> kept_end(Origin origin) const;
  /// Whether the log has ended and what was kept of it, possibly nothing, is here. Entries that are
  /// not here then never will be.
  bool has_all_of(Origin origin) const;
  /// Whether this branch has applied entries that were given up. If so, it must be recovered.
  bool has_given_up_entries() const;

  /// After a recovery, the rights that earlier incarnations of this branch left behind, if they are
  /// to be taken over.
  std::vector<Release> releasable() const;

  // A snapshot is a compact copy of the state, without the parts that earlier snapshots hold. It
  // shows the moment when it is begun; large parts are copied step by step.

  /// Begins a snapshot; the one before must be complete. From now on, blocks that the previous one
  /// covers need not stay in memory.
  void begin_snapshot();
  bool makes_snapshot() const { return snapshot_.has_value(); }
  /// Copies up to `most` accounts and sessions of each kind, and drops as many blocks from memory.
  /// Returns the snapshot when it is complete.
  std::optional<Snapshot> go_on_with_snapshot(std::size_t most);
  /// Makes a whole snapshot at once.
  Snapshot snapshot();

 private:
  // Each restores one thing, or returns why it can't.
  using Problem = std::optional<std::string>;
  Problem restore(const Snapshot& snapshot);
  Problem restore(const Block& block);
  Problem restore(const Seal& seal);
  Problem restore(const Recovery& recovery);
  Problem restore(const ProcessBegun& begun);
  Problem restore(const Refusal& refusal);
  Problem restore(const Entry& entry);
  void restore_sessions(const Snapshot& snapshot);
  Snapshot cut() const;
  Booked book(const Entry& entry);
  SessionTable& sessions_of(Origin origin);
  std::vector<TaggedPosition> dependencies(const VersionVector& needed);

  Origin self_;
  ProcessId process_;
  Ledger ledger_;
  LamportClock clock_;
  VersionVector applied_;
  std::uint64_t records_ = 0;
  std::uint64_t records_in_snapshot_ = 0;
  Logs logs_;
  std::optional<BlockBuilder> open_;  ///< entries accepted here, since `open_stamp_`
  Stamp open_stamp_;
  std::vector<Block> closed_;  ///< closed blocks that are not yet taken
  /// All dependencies of this branch's own entries so far, which need not be repeated.
  VersionVector declared_;
  /// From each origin, the last grant of rights to this branch.
  VersionVector grants_;
  SessionTable own_sessions_;
  SessionTable other_sessions_;
  Seals seals_;
  Forks forks_;
  std::optional<Recovery> recovery_;
  std::uint64_t moved_ = 0;           ///< see Snapshot::moved
  VersionVector last_snapshot_;       ///< the positions applied when it was begun
  VersionVector dispensable_;         ///< blocks up to here need not be in memory
  bool all_dropped_ = true;           ///< whether none of them is left in memory
  std::optional<Snapshot> snapshot_;  ///< the one being made
};

}  // namespace passbook
