// SPDX-License-Identifier: Apache-2.0
// Merges the reports of several processes into one order, in which causes come before their
// effects.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/time.h"

namespace passbook {

/// Every process writes down each of its actions, with the time, before any consequence leaves the
/// process. All read the clock of one machine. So an effect is written after its cause and has a
/// later time. But a reader can come upon the effect first. It reads all processes in passes: the
/// causes of all reports read in one pass can be read in the next pass at the latest. So each
/// report is told one pass after it was read, in the order of time, and not before earlier ones
/// that were read just now.
template <class Report>
class StoryOrder {
 public:
  /// Adds a report. Those of one process come in the order of writing; passes never go back.
  void add(Instant at, std::uint64_t pass, Report report) {
    waiting_.emplace(std::pair(at, added_++), Read{pass, std::move(report)});
  }

  /// The reports that can be told once everything readable in pass `pass` has been added.
  std::vector<Report> take(std::uint64_t pass) {
    std::vector<Report> out;
    while (!waiting_.empty() && waiting_.begin()->second.pass < pass) {
      out.push_back(std::move(waiting_.extract(waiting_.begin()).mapped().report));
    }
    return out;
  }

  bool empty() const { return waiting_.empty(); }

 private:
  struct Read {
    std::uint64_t pass;
    Report report;
  };

  std::map<std::pair<Instant, std::uint64_t>, Read>
      waiting_;  ///< the number distinguishes equal times
  std::uint64_t added_ = 0;
};

}  // namespace passbook
