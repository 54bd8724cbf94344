// SPDX-License-Identifier: Apache-2.0
// One branch process: the loop that brings events to the replica and carries out its effects.
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
  bool create = false;  ///< it is made now; otherwise it must be there
  /// Below so many free bytes the branch takes no writes. It must be enough for what the journal
  /// writes before that is noticed.
  std::uint64_t reserve = 256 << 20;
};

/// How a branch in memory begins that was here before and has forgotten it.
struct Beginning {
  Incarnation incarnation{1};
  std::vector<Record> records;
};

struct BranchConfig {
  Bank bank;
  BranchId self;
  std::map<Audience, std::string> listen;  ///< "HOST:PORT" for each that is served
  BranchOptions options;
  std::optional<DataDirectory> data;  ///< without it the journal is in memory
  // Of a branch in memory:
  std::optional<Beginning> beginning = {};  ///< none when it was never here before
  bool rejoins = false;                     ///< it is recovered when it has forgotten that it was
  OpenRecorder record;                      ///< none when nothing is to be recorded
  std::string version;                      ///< that its status tells
};

/// Gives a branch that keeps nothing its habits.
void make_forgetful(BranchConfig& config);
/// Gives a branch a data directory, and the habits that go with one.
void make_durable(BranchConfig& config, const DataDirectory& data);

/// The production world around a Replica. Single-threaded but for the wait for signals and
/// the journal on disk.
class BranchServer {
 public:
  /// What is done with observations, when the options ask for them.
  using Observer = std::function<void(const Observation&)>;

  /// Serves from now on, though nothing is answered before `run`. The error says why it can't.
  static std::expected<std::unique_ptr<BranchServer>, std::string> start(
      const BranchConfig& config);

  /// Where each audience is served, with the ports that the kernel chose.
  std::map<Audience, std::string> addresses() const { return transport_->addresses(); }

  /// Runs until SIGTERM or SIGINT (then 0: calls in flight are answered first, for up to four
  /// seconds), or until the branch can't go on (then 1).
  int run(std::map<BranchId, std::string> peers, const Observer& observer);

  /// Runs, without serving customers, until the branch has rebuilt what it lost (then 0), or until
  /// it is asked to stop or can't go on (then 1).
  int recover(std::map<BranchId, std::string> peers);

  /// After `run`: whether it ended since this is a branch in memory whose peers know of earlier
  /// lives of it, before it took any writes.
  bool forgot() const { return forgot_; }
  /// After that: writes down that all is lost, before anyone is asked to give it up. The error is
  /// one line.
  std::expected<void, std::string> record_loss();
  /// Then: answers operators and no one else until `done`, which is asked whenever `wake` was
  /// called. False when it was asked to stop before.
  bool serve_operators(const std::function<bool()>& done);
  /// From any thread.
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
  std::map<BranchId, std::string> peers_;  ///< where they are
  Replica replica_;
  std::unique_ptr<Journal> journal_;  ///< wakes the transport, and so ends before it
  OutGate gate_;
  std::vector<Event> own_events_;  ///< that came of carrying out effects
  Instant next_disk_check_{};
  Calendar calendar_;                   ///< as the replica knows it
  std::unique_ptr<Recorder> recorder_;  ///< or null
  std::optional<std::string> broken_;   ///< why it can't go on
  bool forgot_ = false;
};

}  // namespace passbook
