// SPDX-License-Identifier: Apache-2.0
// Merges the events of processes, each in its own order, into one causal order, and computes vector
// clocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "lab/trace/trace.h"

namespace passbook::trace {

/// In `events` each process's events are in its own order, mixed in any way; `processes` may
/// include ones without events. A receipt belongs to the send of its peer with the clock that it
/// names; if several lives of the process used that clock, to the last one before it. In a circle,
/// a send is not taken for the cause of a receipt that is earlier by the clock. The error is a
/// circle that remains: something was received before it was sent.
std::expected<Trace, std::string> in_causal_order(std::vector<Process> processes,
                                                  std::vector<Account> accounts,
                                                  const std::vector<Event>& events);

/// The vector clocks of a trace, one event after another. Fidge and Mattern, 1988.
class VectorClocks {
 public:
  /// `trace` must outlive this.
  explicit VectorClocks(const Trace& trace);

  /// The clock of the next event: how many events of each process, in the order of
  /// `Trace::processes`, happened before it, itself included. Crashes and the like count as events
  /// of their process.
  const std::vector<std::uint32_t>& next();

 private:
  const Trace& trace_;
  std::size_t at_ = 0;
  std::vector<std::vector<std::uint32_t>> clocks_;  ///< of each process
  /// The clock of each send that is yet to be received.
  std::map<std::size_t, std::vector<std::uint32_t>> sent_;
  std::vector<bool> received_;  ///< for each event, whether it is a send that some event receives
};

/// The index of a process in `Trace::processes`, which must contain it.
std::size_t lane_of(const Trace& trace, Process process);

}  // namespace passbook::trace
