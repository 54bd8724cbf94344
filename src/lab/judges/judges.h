// SPDX-License-Identifier: Apache-2.0
// All judges of histories. Each is one invariant, in a file of its own.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lab/judges/history.h"

namespace passbook::history {

class Timeline;

/// How long what must happen in the end may take.
struct Bounds {
  /// From FaultsOver until every branch has everything.
  Duration convergence = std::chrono::seconds(30);
  /// Beyond a call's deadline: for the way home, and for steps that take time.
  Duration lateness = std::chrono::milliseconds(500);
  /// From Calm until everybody knows who can be reached, and has what they had before.
  Duration settling = std::chrono::seconds(8);
  /// A call with less time than this may fail for that reason.
  Duration time_enough = std::chrono::seconds(1);
  /// How often an entry may be sent for each branch that applies it: it goes several ways where one
  /// seems to be broken, and again where a stream broke.
  std::uint64_t sent_per_needed = 2;
};

/// What an invariant takes for granted. Nobody can promise it of a bank that lacks that.
enum class Premise : std::uint8_t {
  none,
  one_history,  ///< nobody said that there is more than one history of a log
  one_process,  ///< and no branch ever had two processes
};

/// One invariant, and what finds the ways in which a history breaks it.
struct Judge {
  std::string_view name;  ///< "no-overdraft"
  std::vector<Violation> (*judge)(const Timeline& timeline, const Bounds& bounds);
  Premise premise = Premise::none;
};

/// All of them, in the order in which they are asked.
std::span<const Judge> all_judges();

/// What all of them find, in their order. A history may be incomplete: nothing is said of what
/// can't be known. A judge that finds very much says the first ten.
std::vector<Violation> judge(const History& history, const Bounds& bounds = {});

}  // namespace passbook::history
