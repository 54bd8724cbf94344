// SPDX-License-Identifier: Apache-2.0
// A bank in the simulator with nothing wrong in it, and a count of all that its branches say.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "lab/sim/branches.h"

namespace passbook::scale {

/// What was sent, by kind of message.
struct Traffic {
  std::array<std::uint64_t, std::variant_size_v<PeerMessage>> messages{};
  std::array<std::uint64_t, std::variant_size_v<PeerMessage>> bytes{};  ///< as protobuf
  std::vector<std::uint64_t> messages_by;                               ///< by sender
  std::vector<std::uint64_t> bytes_by;

  std::uint64_t all_messages() const;
  std::uint64_t all_bytes() const;
  Traffic since(const Traffic& before) const;
};

/// A write, and who has applied it.
struct Write {
  BranchId branch;
  EntryId entry;
  Instant asked{};
  Instant answered = kNever;
  Instant everywhere = kNever;
  bool all = false;  ///< whether it waits for all branches
  std::vector<bool> has;
  std::size_t holders = 0;
};

/// Branches are 1 to N; there is one account. Calls reach them without a delay.
class ScaleBank {
 public:
  explicit ScaleBank(sim::Setup setup);

  void run_for(Duration time) {
    run_until(world_.now + time, [] { return false; });
  }
  /// True when it was done before the time was over.
  bool run_until(Instant end, const std::function<bool()>& done);

  /// Calls a branch after a while. Whose calls are due later must be made later: all are of one
  /// session, and a branch remembers its newest numbers.
  void later(Duration wait, BranchId branch, const Operation& operation, AckLevel ack);
  /// Deposits after a while and follows the entry. All of a bank's writes must be made by this one.
  void follow(Duration wait, BranchId branch, AckLevel ack);

  const std::vector<Write>& writes() const { return writes_; }
  const Traffic& traffic() const { return traffic_; }
  std::uint64_t steps() const { return steps_; }
  Instant now() const { return world_.now; }
  std::size_t size() const { return setup_.bank.branches.size(); }
  const Replica& replica(BranchId branch) const { return branches_.replica(branch); }
  bool all_equal() const;

  /// Splits the bank between two ids, or makes it whole again.
  void cut_after(BranchId last);
  void heal();

  /// The heap that one branch occupies, in bytes. It ends the branch.
  std::uint64_t weigh(BranchId branch);

 private:
  void happen(sim::ReachBranch& what) { branches_.happen(what); }
  void happen(const sim::StepDue& what);
  void happen(const sim::SyncEnds& what) { branches_.happen(what); }
  void happen(sim::ReachEnd& what) { branches_.streams().happen(what); }
  void happen(const sim::EndBreaks& what) { branches_.streams().happen(what); }
  void happen(const sim::DialEnds& what) { branches_.happen(what); }
  template <class Other>
  void happen(const Other&) {}  // nobody makes such things due here
  void count(BranchId from, const Envelope& envelope);
  void answered(CallId call, const Answer& answer);

  sim::Setup setup_;
  sim::World world_;
  sim::Network network_;
  sim::Branches branches_;
  Traffic traffic_;
  std::vector<Write> writes_;
  std::vector<std::size_t> on_the_way_;  ///< writes that not everybody has
  std::vector<std::size_t> call_of_;     ///< the write that a call makes; 0 for none
  std::vector<std::uint64_t> made_;      ///< followed writes by branch
  std::uint64_t steps_ = 0;
};

/// Bytes on the heap that are in use.
std::uint64_t heap_in_use();

}  // namespace passbook::scale
