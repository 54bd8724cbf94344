// SPDX-License-Identifier: Apache-2.0
// One branch process: the loop that hands events to the replica and carries out its effects.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "branch/calendar.h"
#include "branch/options.h"
#include "branch/out_gate.h"
#include "branch/replica.h"
#include "journal/journal.h"
#include "ledger/bank.h"
#include "protocol/records.h"
#include "rpc/transport.h"
#include "server/recorder.h"
#include "server/stop_signal.h"

namespace passbook {

/// Where a branch keeps its journal.
struct DataDirectory {
  std::string path;
  bool create = false;  ///< make it now; otherwise it must exist
  /// With fewer free bytes the branch takes no writes. It must cover the journal's writes until the
  /// branch notices.
  std::uint64_t reserve = 256 << 20;
};

/// How a branch in memory begins after it has forgotten an earlier life.
struct Beginning {
  Incarnation incarnation{1};
  std::vector<Record> records;
};

struct BranchConfig {
  Bank bank;
  BranchId self;
  std::map<Audience, std::string> listen;  ///< "HOST:PORT" for each audience that is served
  BranchOptions options;
  std::optional<DataDirectory> data;  ///< without it the journal is in memory
  // For a branch in memory:
  std::optional<Beginning> beginning = {};  ///< none if it has had no earlier life
  bool rejoins = false;                     ///< recover it if it has forgotten an earlier life
  OpenRecorder record;                      ///< none if nothing is to be recorded
  std::string version;                      ///< shown in its status
};

/// Sets the options for a branch without a data directory.
void use_memory_journal(BranchConfig& config);
/// Sets a data directory, and the options that go with it.
void use_data_directory(BranchConfig& config, const DataDirectory& data);

/// The production world around a Replica. Single-threaded, except for the wait for signals and the
/// journal on disk.
class BranchServer {
 public:
  /// Receives observations, if the options ask for them.
  using Observer = std::function<void(const Observation&)>;

  /// Starts listening, but answers nothing before `run`. The error says why it can't.
  static std::expected<std::unique_ptr<BranchServer>, std::string> start(
      const BranchConfig& config);

  /// Where each audience is served, with the ports that the kernel chose.
  std::map<Audience, std::string> addresses() const { return transport_->addresses(); }

  /// Runs until SIGTERM or SIGINT, then answers calls in flight for up to four seconds and returns
  /// 0; or until the branch can't go on, and returns 1.
  int run(std::map<BranchId, std::string> peers, const Observer& observer);

  /// Runs without serving customers until the branch has rebuilt what it lost, and returns 0; or
  /// until it is asked to stop or can't go on, and returns 1.
  int recover(std::map<BranchId, std::string> peers);

  /// After `run`: whether it ended because this is a branch in memory, its peers know of an earlier
  /// life, and it has taken no writes yet.
  bool lost_its_memory() const { return lost_its_memory_; }
  /// If it lost its memory: records that everything is lost, before anyone is asked to give it up.
  /// The error is one line.
  std::expected<void, std::string> record_loss();
  /// If it lost its memory: serves only operators until `done` returns true; it is called after
  /// each `wake`. False if the process was asked to stop first.
  bool serve_operators(const std::function<bool()>& done);
  /// Callable from any thread.
  void wake() { transport_->wake(); }

  const State& state() const { return replica_.state(); }

 private:
  struct Kept {
    std::unique_ptr<Journal> journal;
    State state;
  };
  static std::expected<Kept, std::string> begin_in_memory(const BranchConfig& config);
  static std::expected<Kept, std::string> open_journal(const BranchConfig& config,
                                                       Transport& transport);
  BranchServer(const BranchConfig& config, std::unique_ptr<Transport> transport, Kept kept,
               std::unique_ptr<Recorder> recorder);

  void find_peers(std::map<BranchId, std::string> peers);
  void begin();
  void end();
  void give_up(const std::string& why);
  Instant turn(Instant wake, const Observer& observer);
  bool record(const Effects& effects);
  std::vector<Event> gather_events(Instant wake);
  void carry_out(Effects& effects);
  void fetch(const Fetch& wanted);
  void watch_disk(Instant now);
  void watch_calendar(Instant now);
  void release();
  void answer_last_operators();
  void tell(const Observation& observation) const;
  std::string name_of(Origin peer) const;
  std::string address_of(BranchId peer) const;
  void complete(Status& status) const;

  BranchConfig config_;
  std::unique_ptr<Transport> transport_;
  std::map<BranchId, std::string> peers_;  ///< their addresses
  Replica replica_;
  std::unique_ptr<Journal> journal_;  ///< destroyed before the transport, because it wakes it
  OutGate gate_;
  std::vector<Event> own_events_;  ///< caused by carrying out effects
  Instant next_disk_check_{};
  Calendar calendar_;                   ///< the time of day, as the replica knows it
  std::unique_ptr<Recorder> recorder_;  ///< or null
  std::optional<std::string> broken_;   ///< why the branch can't go on
  bool lost_its_memory_ = false;
};

}  // namespace passbook
