// SPDX-License-Identifier: Apache-2.0
// One branch process: the loop that brings events to the replica and carries out its effects.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "branch/options.h"
#include "branch/replica.h"
#include "host/out_gate.h"
#include "host/stop_signal.h"
#include "journal/journal.h"
#include "ledger/bank.h"
#include "rpc/transport.h"

namespace passbook {

/// Where a branch keeps its journal.
struct DataDirectory {
  std::string path;
  bool create = false;  ///< it is made now; otherwise it must be there
};

struct BranchConfig {
  Bank bank;
  BranchId self;
  std::string listen;  ///< "HOST:PORT"
  BranchOptions options;
  std::optional<DataDirectory> data;  ///< without it the journal is in memory
};

/// The production world around a Replica. Single-threaded but for the wait for signals and
/// the journal on disk.
class BranchHost {
 public:
  /// What is done with observations, when the options ask for them.
  using Observer = std::function<void(const Observation&)>;

  /// Serves from now on, though nothing is answered before `run`. The error says why it can't.
  static std::expected<std::unique_ptr<BranchHost>, std::string> start(const BranchConfig& config);

  int port() const { return transport_->port(); }

  /// Runs until SIGTERM or SIGINT (then 0: calls in flight are answered first, for up to four
  /// seconds), or until the branch can't go on (then 1).
  int run(std::map<BranchId, std::string> peers, const Observer& observer);

 private:
  struct Kept {
    std::unique_ptr<Journal> journal;
    std::vector<Entry> records;
  };
  static std::expected<Kept, std::string> open_journal(const BranchConfig& config,
                                                       Transport& transport);
  BranchHost(const BranchConfig& config, std::unique_ptr<Transport> transport, Kept kept);

  Instant turn(Instant wake, const Observer& observer);
  void release();
  void note(const std::vector<Event>& events) const;

  BranchConfig config_;
  std::unique_ptr<Transport> transport_;
  Replica replica_;
  std::unique_ptr<Journal> journal_;  ///< wakes the transport, and so ends before it
  OutGate gate_;
  bool broken_ = false;
};

}  // namespace passbook
