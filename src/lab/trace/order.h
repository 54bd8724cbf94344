// SPDX-License-Identifier: Apache-2.0
// Puts what the processes told, each in its own order, into one order; and its vector clocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "lab/trace/trace.h"

namespace passbook::trace {

/// The events of each process in its own order, whichever way they are mixed in `events`, which
/// may name processes that did nothing in `processes`. A receipt belongs to the send by that peer
/// whose clock it names; where lives of one process repeat a clock, to the last one before it.
/// In a circle a send is not the cause of what was received earlier by the clock. The error is a
/// circle that is left: something that was received before it was sent.
std::expected<Trace, std::string> in_causal_order(std::vector<Process> processes,
                                                  std::vector<Account> accounts,
                                                  const std::vector<Event>& events);

/// The vector clocks of a trace, one event after another. Fidge and Mattern, 1988.
class VectorClocks {
 public:
  /// `trace` must outlive this.
  explicit VectorClocks(const Trace& trace);

  /// Of the next event: how many acts of each process, in the order of `Trace::processes`, happened
  /// before it or are it. What befell a process counts as an act of its.
  const std::vector<std::uint32_t>& next();

 private:
  const Trace& trace_;
  std::size_t at_ = 0;
  std::vector<std::vector<std::uint32_t>> clocks_;  ///< of each process
  /// Of each send that will be received, from when it was sent.
  std::map<std::size_t, std::vector<std::uint32_t>> sent_;
  std::vector<bool> received_;  ///< for each event, whether it is a send that some event receives
};

/// Where a process stands in `Trace::processes`; it must be there.
std::size_t lane_of(const Trace& trace, Process process);

}  // namespace passbook::trace
