// SPDX-License-Identifier: Apache-2.0
// Puts what several processes tell of themselves into one order, in which causes come before their
// effects.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/time.h"

namespace passbook {

/// Every process writes down what it did, with the time, before anything that follows from it
/// leaves the process; all of them read one clock of one machine. So an effect is written after its
/// cause and has a later time. But whoever reads what they write can come upon the effect first.
/// The reader looks at all of them in passes: whatever led to what was read in one pass is there to
/// be read in the next. So what was read is told one pass later, in the order of its times, and not
/// before what is earlier and was read just now.
template <class Told>
class StoryOrder {
 public:
  /// Of one process, in the order in which it wrote; passes never go back.
  void add(Instant at, std::uint64_t pass, Told told) {
    waiting_.emplace(std::pair(at, added_++), Read{pass, std::move(told)});
  }

  /// What can be told when everything that was there to be read in pass `pass` has been added.
  std::vector<Told> take(std::uint64_t pass) {
    std::vector<Told> out;
    while (!waiting_.empty() && waiting_.begin()->second.pass < pass) {
      out.push_back(std::move(waiting_.extract(waiting_.begin()).mapped().told));
    }
    return out;
  }

  bool empty() const { return waiting_.empty(); }

 private:
  struct Read {
    std::uint64_t pass;
    Told told;
  };

  std::map<std::pair<Instant, std::uint64_t>, Read>
      waiting_;  ///< the number tells equal times apart
  std::uint64_t added_ = 0;
};

}  // namespace passbook
