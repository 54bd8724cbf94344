// SPDX-License-Identifier: Apache-2.0
// A Lamport clock: stamps that respect cause and effect.
#pragma once

#include <algorithm>

#include "base/ids.h"

namespace passbook {

/// Gives stamps greater than every stamp given or seen before.
/// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 1978.
class LamportClock {
 public:
  /// The next stamp, for something that happens here now.
  Stamp tick() { return Stamp{++last_.value}; }

  /// Takes note of a stamp from elsewhere.
  void observe(Stamp stamp) { last_ = std::max(last_, stamp); }

  Stamp last() const { return last_; }

 private:
  Stamp last_;
};

}  // namespace passbook
