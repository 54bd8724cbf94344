// SPDX-License-Identifier: Apache-2.0
// What a branch's work costs, and who may work: the processors of the machines.
//
// A step has two parts, as a turn of the production loop has. First it takes in what has come: each
// message, call and connection costs something, and bytes do. Then the replica does its step, and
// what that did costs too: entries, records, and all that leaves the branch with it, which is what
// the step said and what waited for the last sync. The messages leave when the second part begins.
// Whatever comes meanwhile waits for the next step, which takes at most so many events.
//
// A step needs a processor. Where all branches share a few, steps that are due wait for one in the
// order in which they became due, and what comes while a step waits is taken in by it. So the work
// is the less by the step, and the more by the message, the later a bank is; and a branch that is
// late hears late that its peers live.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "branch/out_gate.h"
#include "branch/step.h"
#include "lab/sim/setup.h"

namespace passbook::sim {

/// Counts of what costs something.
struct Work {
  std::uint64_t steps = 0;
  std::uint64_t events = 0;       ///< taken in, of any kind
  std::uint64_t messages = 0;     ///< of peers or to them
  std::uint64_t calls = 0;        ///< that came, or were answered
  std::uint64_t connections = 0;  ///< that were opened
  std::uint64_t bytes = 0;        ///< of messages and of blocks that were read
  std::uint64_t entries = 0;      ///< accepted or applied
  std::uint64_t records = 0;      ///< handed to the journal

  Work& operator+=(const Work& other);
  bool operator==(const Work&) const = default;
};

/// To begin a step and take these in.
Work taking_in(std::span<const passbook::Event> events);
/// To make what a step did, without what it sends.
Work doing(const Effects& effects);
/// To let this leave the branch.
Work sending(const OutGate::Batch& batch);

/// How long work takes where nothing is slow.
Duration time_of(const Work& work, const WorkCosts& costs);

/// Who may work.
class Processors {
 public:
  /// A process of a branch.
  struct Job {
    BranchId branch;
    std::uint64_t life = 0;
    bool operator==(const Job&) const = default;
  };

  /// So many are shared by all; with 0, each branch has one of its own.
  explicit Processors(std::uint32_t shared) : shared_(shared) {}

  /// True when the job gets a processor at once. Otherwise it waits for its turn.
  bool begin(Job job);
  /// A job that had a processor gives it back. Returns who has it from now on, if anyone waits.
  std::optional<Job> end();

 private:
  std::uint32_t shared_;
  std::uint32_t busy_ = 0;
  std::deque<Job> waiting_;
};

}  // namespace passbook::sim
