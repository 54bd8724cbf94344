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
  /// The next stamp, for something that happens here now.
  Stamp tick() { return Stamp{++last_.value}; }

  /// The next stamps, for so many things that happen here now, one after another: the first.
  Stamp tick(std::uint64_t many) {
    const Stamp first{last_.value + 1};
    last_.value += many;
    return first;
  }

  /// So many messages arrive, whose stamps follow each other from `sent` on. The stamp of the first
  /// arrival; the others follow it one by one, each later than its message was sent.
  Stamp receive(Stamp sent, std::uint64_t many = 1) {
    observe(sent);
    return tick(many);
  }

  /// Takes note of a stamp from elsewhere.
  void observe(Stamp stamp) { last_ = std::max(last_, stamp); }

  Stamp last() const { return last_; }

 private:
  Stamp last_;
};

}  // namespace passbook
