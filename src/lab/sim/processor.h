// SPDX-License-Identifier: Apache-2.0
// The processors of the machines: the cost of a branch's work, and who may run.
//
// A step has two parts, like a turn of the production loop. First it takes in events: each message,
// call and connection has a cost, and so do bytes. Then the replica performs its step, which also
// costs: entries, records, and everything that leaves the branch with it, which is the step's own
// messages and those that waited for the last sync. The messages leave when the second part begins.
// Events that come meanwhile wait for the next step, which takes in a limited number.
//
// A step needs a processor. Where all branches share a few, due steps wait in the order in which
// they became due, and a waiting step also takes in the events that come meanwhile. So a late bank
// takes fewer steps with more messages each, and a late branch hears late that its peers live.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "branch/out_gate.h"
#include "branch/step.h"
#include "lab/sim/setup.h"

namespace passbook::sim {

/// Counts of work that has a cost.
struct Work {
  std::uint64_t steps = 0;
  std::uint64_t events = 0;       ///< events taken in, of any kind
  std::uint64_t messages = 0;     ///< messages from or to peers
  std::uint64_t calls = 0;        ///< calls that came or were answered
  std::uint64_t connections = 0;  ///< connections that were opened
  std::uint64_t bytes = 0;        ///< bytes of messages, and of blocks that were read
  std::uint64_t entries = 0;      ///< accepted or applied
  std::uint64_t records = 0;      ///< handed to the journal

  Work& operator+=(const Work& other);
  bool operator==(const Work&) const = default;
};

/// The work of beginning a step and taking in these events.
Work taking_in(std::span<const passbook::Event> events);
/// The work of a step, except for sending.
Work doing(const Effects& effects);
/// The work of sending this.
Work sending(const OutGate::Batch& batch);

/// The time for work on a processor that is not slow.
Duration time_of(const Work& work, const WorkCosts& costs);

/// Decides who may run.
class Processors {
 public:
  /// A process of a branch.
  struct Job {
    BranchId branch;
    std::uint64_t process_number = 0;
    bool operator==(const Job&) const = default;
  };

  /// All branches share `shared` processors. With 0, each has its own.
  explicit Processors(std::uint32_t shared) : shared_(shared) {}

  /// True if the job gets a processor at once; otherwise it waits for its turn.
  bool begin(Job job);
  /// A job gives its processor back. Returns the job that gets it, if one waits.
  std::optional<Job> end();

 private:
  std::uint32_t shared_;
  std::uint32_t busy_ = 0;
  std::deque<Job> waiting_;
};

}  // namespace passbook::sim
