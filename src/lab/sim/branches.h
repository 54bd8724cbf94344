// SPDX-License-Identifier: Apache-2.0
// The branches of a simulated bank: replicas in simulated processes, on simulated machines.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "branch/out_gate.h"
#include "branch/replica.h"
#include "lab/sim/disk.h"
#include "lab/sim/local_clock.h"
#include "lab/sim/processor.h"
#include "lab/sim/setup.h"
#include "lab/sim/streams.h"
#include "lab/sim/world.h"

namespace passbook::sim {

/// Does for each replica what the production loop does: hands it the events that have gathered, in
/// one step, and carries out its effects in the order that Effects documents. A branch here means a
/// machine (see `twin_of`). If two processes share a name, chance decides which one is found.
class Branches {
 public:
  /// Hears of the answers to calls.
  struct Listener {
    std::function<void(CallId, const Answer&)> answered;
    std::function<void(CallId, const OperatorReply&)> operator_answered;
    std::function<void(BranchId)> died;  ///< all calls to the branch are cut off
  };

  Branches(const Setup& setup, World& world, Network& network, Listener listener);

  // Processes.
  enum class Condition : std::uint8_t {
    running,
    paused,
    dead,
    stopped,  ///< it ended itself
  };
  Condition condition(BranchId branch) const { return at(branch).condition; }
  const std::string& why_stopped(BranchId branch) const { return at(branch).why_stopped; }
  void start(BranchId branch);
  /// `silently`: the machine dies, so its kernel does not tell the peers.
  void crash(BranchId branch, bool silently);
  void pause(BranchId branch);
  void resume(BranchId branch);

  // Second processes.
  /// The data that the second process of a branch begins with.
  enum class TwinData : std::uint8_t { none, copy, old_copy };
  void begin_twin(BranchId branch, TwinData data);
  /// A second process in a new incarnation, with these records.
  void begin_twin(BranchId branch, std::vector<Record> records);
  /// Ends the second process and discards its data.
  void end_twin(BranchId branch);
  /// The machine that is reached under the name of a branch.
  BranchId found(BranchId branch);

  // Disks and clocks.
  void fail_disk(BranchId branch) { at(branch).disk_fails = true; }
  void fill_disk(BranchId branch, bool full);
  void slow_disk(BranchId branch, bool slow) { at(branch).disk_slow = slow; }
  /// Makes the disk work again, with the data that is on it.
  void mend_disk(BranchId branch) {
    at(branch).disk_fails = false;
    at(branch).disk_slow = false;
    fill_disk(branch, false);
  }
  /// The branch must be dead. Its next start uses an old copy of the disk.
  bool roll_back_disk(BranchId branch);
  /// The branch must be dead. Its disk is gone.
  void lose_disk(BranchId branch);
  /// Gives a dead branch a new disk and a new incarnation.
  void begin_anew(BranchId branch, Incarnation incarnation, std::vector<Record> records);
  bool has_disk(BranchId branch) const { return !at(branch).disk_gone; }
  void jump_clock(BranchId branch, Duration ahead);
  /// No processor is slow any more. Shared processors stay shared.
  void calm_down() { calm_ = true; }
  /// The longest time of a step from when it was due until its end, where work is counted.
  Duration longest_step() const { return longest_step_; }

  // Events that reach branches.
  void deliver(BranchId branch, passbook::Event event);
  /// A call, of use until `timeout`.
  void call(BranchId branch, CallId call, const Request& request, Duration timeout);
  void ask(BranchId branch, CallId call, const OperatorRequest& request);
  bool alive(BranchId branch) const {
    return nodes_.contains(branch) && at(branch).replica != nullptr;
  }
  std::uint64_t process_number(BranchId branch) const { return at(branch).process_number; }

  void happen(ReachBranch& reach);
  void happen(const StepDue& due);
  void happen(const StepRuns& runs);
  void happen(const StepEnds& ends);
  void happen(const SyncEnds& ends);
  void happen(const DialEnds& ends);

  const std::vector<BranchId>& ids() const { return setup_.bank.branches; }
  const Replica& replica(BranchId branch) const { return *at(branch).replica; }
  Origin origin(BranchId branch) const { return {branch_on(branch), at(branch).incarnation}; }
  Streams& streams() { return streams_; }
  /// Of all running branches, as in Replica.
  std::size_t unfinished() const;

 private:
  struct Node {
    BranchId id;  ///< the machine's name
    Incarnation incarnation{1};
    std::unique_ptr<Replica> replica;  ///< null without a process
    Condition condition = Condition::dead;
    std::string why_stopped;
    std::uint64_t process_number = 0;  ///< counts the branch's processes
    LocalClock clock;
    Disk disk;
    bool disk_fails = false;  ///< the next sync fails
    bool disk_gone = false;
    bool disk_full = false;
    bool disk_slow = false;
    OutGate gate;
    std::vector<passbook::Event> buffer;
    Instant step_at = kNever;  ///< when the next step is due
    Instant free_at{};         ///< when the last step ends
    // Where work is counted.
    bool at_work = false;                ///< a step waits for a processor, or has one
    Instant was_due{};                   ///< when that step was due
    std::vector<passbook::Event> taken;  ///< the events taken in by that step
    Instant again_at = kNever;           ///< when the next step is wanted
    std::uint64_t entries_synced = 0;
  };

  Node& at(BranchId branch) { return *nodes_.at(branch); }
  const Node& at(BranchId branch) const { return *nodes_.at(branch); }
  Node& add(BranchId machine);
  void tell_what_was_taken_over(const Node& node);
  void run(Node& node, bool listens);
  void want_step(Node& node, Instant when);
  void begin_work(Node& node);
  void leave_work(Node& node);
  void give_processor_back();
  bool is_at_work(BranchId branch, std::uint64_t process_number) const;
  Duration time_of(const Work& work) const;
  Work step(Node& node, std::span<const passbook::Event> events);
  void observe(Node& node, const Observation& observation);
  void tell_groups(const Node& node, std::span<const Record> records);
  Work carry_out(Node& node, Effects& effects);
  void sync(Node& node);
  Work release(Node& node);
  void end(Node& node, Condition condition, bool silently);
  void forget(Node& node);
  void stop(Node& node, std::string why);
  std::uint64_t time_of_day();

  const Setup& setup_;
  World& world_;
  Network& network_;
  Listener listener_;
  Streams streams_;
  Processors processors_;
  Random random_;
  Random twins_;
  std::uint64_t last_twin_ = 0;  ///< gives every second process another counter
  bool calm_ = false;
  Duration longest_step_{};
  std::map<BranchId, std::unique_ptr<Node>> nodes_;
};

}  // namespace passbook::sim
