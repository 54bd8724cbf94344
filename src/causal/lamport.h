// SPDX-License-Identifier: Apache-2.0
// A Lamport clock: stamps that respect cause and effect.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/ids.h"

namespace passbook {

/// Gives stamps greater than every stamp given or seen before.
/// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 1978.
class LamportClock {
 public:
  /// The next stamp, for one local event.
  Stamp tick() { return Stamp{++last_.value}; }

  /// The first of `many` consecutive stamps, for as many local events.
  Stamp tick(std::uint64_t many) {
    const Stamp first{last_.value + 1};
    last_.value += many;
    return first;
  }

  /// Receives `many` messages, whose stamps count up from `sent`. Returns the stamp of the first
  /// arrival; the others count up from it, and each is greater than its message's.
  Stamp receive(Stamp sent, std::uint64_t many = 1) {
    observe(sent);
    return tick(many);
  }

  /// Advances the clock to a stamp from elsewhere.
  void observe(Stamp stamp) { last_ = std::max(last_, stamp); }

  Stamp last() const { return last_; }

 private:
  Stamp last_;
};

}  // namespace passbook
