// SPDX-License-Identifier: Apache-2.0
// All judges of histories. Each judges one invariant, in a file of its own.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lab/judges/history.h"

namespace passbook::history {

class Timeline;

/// The time limits and other bounds that judges allow.
struct Bounds {
  /// From FaultsOver until every branch has everything.
  Duration convergence = std::chrono::seconds(30);
  /// Beyond a call's deadline, for the way home and for steps that take time.
  Duration lateness = std::chrono::milliseconds(500);
  /// From Calm until every branch knows which others it can reach, and has the entries that they
  /// had before.
  Duration settling = std::chrono::seconds(8);
  /// A call with less time than this may fail for lack of time.
  Duration time_enough = std::chrono::seconds(1);
  /// How often an entry may be sent for each branch that applies it. It goes several ways where one
  /// seems broken, and again where a stream broke.
  std::uint64_t sent_per_needed = 2;
};

/// The premise of an invariant. Nobody can promise the invariant for a bank without it.
enum class Premise : std::uint8_t {
  none,
  one_history,  ///< nobody reported that a log has more than one history
  one_process,  ///< also, no branch ever had two processes
};

/// One invariant, and the function that finds violations of it.
struct Judge {
  std::string_view name;  ///< "no-overdraft"
  std::vector<Violation> (*judge)(const Timeline& timeline, const Bounds& bounds);
  Premise premise = Premise::none;
};

/// All judges, in the order in which they judge.
std::span<const Judge> all_judges();

/// The findings of all judges, in their order. A history may be incomplete; judges leave out what
/// they can't know. Each reports at most ten violations, the first ones.
std::vector<Violation> judge(const History& history, const Bounds& bounds = {});

}  // namespace passbook::history
