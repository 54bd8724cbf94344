// SPDX-License-Identifier: Apache-2.0
// What a branch knows for sure: the logs it has applied and all that follows from them.
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

/// An entry as it was taken into the books.
struct Booked {
  Entry entry;
  Money balance;  ///< of its account, after it
  Stamp clock;    ///< the branch's, when it was taken in
};

/// Why a branch can't be rebuilt from what its journal gave back: no branch of its bank wrote that.
struct Damage {
  std::optional<std::uint64_t> record;  ///< of the journal, from 1; none when it is the snapshot
  std::string what;
};

/// In words that follow "the journal is damaged": " at record 18: ...".
std::string describe(const Damage& damage);

/// The logs, the ledger and the clock of one replica. Everything here is rebuilt by applying the
/// same blocks in the same order; nothing here waits, asks or times out.
///
/// What this branch accepts counts at once, and gathers in an open block, which is closed before
/// anyone else hears of it.
class State {
 public:
  /// `nonce` is the process's, and not known to customers; `session_bytes`: what is remembered of
  /// the sessions of this origin takes no more, and that of all others likewise; `snapshots`:
  /// whether any will be made.
  State(const Bank& bank, Origin self, std::uint64_t nonce = 0,
        std::size_t session_bytes = 67'108'864, bool snapshots = true);

  /// Takes back what earlier lives recorded. Whoever may have written it, nothing of this aborts;
  /// after an error the state is of no use.
  std::expected<void, Damage> restore(const Recall& recall);

  /// A process begins after all those whose records were taken back.
  ProcessBegun begin_process() { return begin_process_after(process_.counter); }
  /// Likewise, when others know of one that counts so much.
  ProcessBegun begin_process_after(std::uint64_t counter);

  Origin self() const { return self_; }
  /// Who accepts.
  ProcessId process() const { return process_; }
  const VersionVector& applied() const { return applied_; }
  const Ledger& ledger() const { return ledger_; }
  Sequence own_length() const { return applied_.at(self_); }
  const Seals& seals() const { return seals_; }
  const Forks& forks() const { return forks_; }
  Forks& forks() { return forks_; }
  /// How many records there are, and how many of them the newest snapshot covers.
  std::uint64_t records() const { return records_; }
  std::uint64_t records_in_snapshot() const { return records_in_snapshot_; }

  /// The logs without the open block.
  const Logs& logs() const { return logs_; }

  /// What was decided about a write, if it is applied and remembered: that it was accepted, or, of
  /// this origin, that it has no effect for ever.
  const Decision* find(const RequestId& request) const { return sessions(request).find(request); }
  /// What is known of all writes whose ids name the same origin, or another than this.
  const SessionTable& sessions(const RequestId& request) const {
    return request.origin == self_ ? own_sessions_ : other_sessions_;
  }
  /// Decides that a write of this origin has no effect for ever. It may be told once the record is
  /// durable.
  Refusal refuse(Refusal refusal);

  /// False until this branch has what it needs to serve again, after it lost its disk.
  bool recovered() const;

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
  /// Whether a position is surely of what was given up: beyond the end of a log that is over, or in
  /// another of its histories. Without a tag, any history is meant.
  bool gave_up(const TaggedPosition& position) const;
  /// Whether the log is over and all that was kept of it is here.
  bool has_kept_end(Origin origin) const;
  /// Where the log ends, when it is over and something was kept of it.
  std::optional<TaggedPosition> kept_end(Origin origin) const;
  /// Whether the log is over and what was kept of it, which may be nothing, is here: what is not
  /// never will be.
  bool has_all_of(Origin origin) const;
  /// Whether this branch has applied what was given up: it must be recovered.
  bool has_given_up_entries() const;

  /// After a recovery, the rights that its earlier incarnations left behind, if they are to be
  /// taken over.
  std::vector<Release> releasable() const;

  // A snapshot is all of this in brief, beside what the one before holds. It is of the moment when
  // it is begun; what is much is copied in parts.

  /// Begins one; the one before is complete. From now on, what that one covered need not be kept in
  /// memory.
  void begin_snapshot();
  bool makes_snapshot() const { return snapshot_.has_value(); }
  /// Copies up to so many accounts and sessions of each kind, and lets go of as many blocks.
  /// Returns the snapshot when it is complete.
  std::optional<Snapshot> go_on_with_snapshot(std::size_t most);
  /// One at once.
  Snapshot snapshot();

 private:
  // Each takes back one thing, or says why it can't be.
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
  std::optional<BlockBuilder> open_;  ///< of what this branch has accepted; its first stamp is
  Stamp open_stamp_;
  std::vector<Block> closed_;  ///< and not yet taken
  /// All that this branch's own entries depend on so far: what need not be said again.
  VersionVector declared_;
  /// From each origin, the last grant of rights to this branch.
  VersionVector grants_;
  SessionTable own_sessions_;
  SessionTable other_sessions_;
  Seals seals_;
  Forks forks_;
  std::optional<Recovery> recovery_;
  std::uint64_t moved_ = 0;           ///< as Snapshot says
  VersionVector last_snapshot_;       ///< what was applied when it was begun
  VersionVector dispensable_;         ///< blocks up to here need not be in memory
  bool all_dropped_ = true;           ///< whether none of them is
  std::optional<Snapshot> snapshot_;  ///< what is being made
};

}  // namespace passbook
