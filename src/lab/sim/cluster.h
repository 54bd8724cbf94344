// SPDX-License-Identifier: Apache-2.0
// A simulated bank with everything around it: time, network, branches, clients, the adversary, and
// operators.
#pragma once

#include <functional>

#include "lab/sim/adversary.h"
#include "lab/sim/clients.h"
#include "lab/sim/setup.h"

namespace passbook::sim {

/// Takes due events from the agenda, one after another, and delivers each to the part that it
/// concerns.
class Cluster {
 public:
  /// `setup` must outlive this. `acts` is called when it is a client's time to act.
  Cluster(const Setup& setup, std::function<void(const ClientActs&)> acts);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  World& world() { return world_; }
  Branches& branches() { return branches_; }
  Clients& clients() { return clients_; }
  Network& network() { return network_; }

  void begin_trouble() { adversary_.begin(); }
  /// Ends all trouble, and runs until every branch is up and `quiet` holds, for a minute at most.
  void mend(const std::function<bool()>& quiet);
  /// Does the same, and records that the faults are over.
  void end_trouble(const std::function<bool()>& quiet);
  /// After `mend`: the bank is calm, except that these branches are away. With none, all are back.
  void start_calm(const std::vector<BranchId>& away, bool dead);

  /// Runs until `done`, or until the time has come.
  template <class Done>
  void run_until(Instant end, Done done) {
    while (!done() && !world_.agenda.empty() && world_.agenda.next() <= end) {
      next();
    }
    if (!done()) {
      world_.now = end;
    }
  }
  void run_for(Duration duration) {
    run_until(world_.now + duration, [] { return false; });
  }

  /// Records the state of each account at each living branch.
  void audit();

 private:
  void next();
  void happen(ReachBranch& what) { branches_.happen(what); }
  void happen(const StepDue& what) { branches_.happen(what); }
  void happen(const StepRuns& what) { branches_.happen(what); }
  void happen(const StepEnds& what) { branches_.happen(what); }
  void happen(const SyncEnds& what) { branches_.happen(what); }
  void happen(ReachEnd& what) { branches_.streams().happen(what); }
  void happen(const EndBreaks& what) { branches_.streams().happen(what); }
  void happen(const DialEnds& what) { branches_.happen(what); }
  void happen(const CallArrives& what) { clients_.happen(what); }
  void happen(const CopyArrives& what) { clients_.happen(what); }
  void happen(const CallEnds& what) { clients_.happen(what); }
  void happen(const ClientActs& what) { acts_(what); }
  void happen(const TroubleStrikes& what) { adversary_.happen(what); }
  void happen(const TroubleEnds& what) { adversary_.happen(what); }
  void happen(const OperatorActs& what) { operators_.happen(what); }
  void happen(OperatorHears& what) { operators_.happen(what); }
  void happen(const QuestionArrives& what) { operators_.happen(what); }
  void died(BranchId branch);
  bool all_run() const;

  std::function<void(const ClientActs&)> acts_;
  World world_;
  Network network_;
  Branches branches_;
  Clients clients_;
  Operators operators_;
  Adversary adversary_;
};

}  // namespace passbook::sim
