// SPDX-License-Identifier: Apache-2.0
// How long others are given before more is done: it follows how long they take.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>

#include "base/ids.h"
#include "base/time.h"
#include "branch/options.h"

namespace passbook {

/// Measures how long it takes until other branches say that they have this branch's entries. What
/// is patient enough for a bank within one rack asks for help all the time where peers are far,
/// disks are slow, or there is more to do than can be done: and the help is more to do still.
///
/// What counts is the lower quartile of the latest confirmations: those who were cut off or stood
/// still confirm late, and say nothing about the way.
class Patience {
 public:
  explicit Patience(const BranchOptions& options) : options_(options) {}

  /// Own entries up to here are handed to the streams.
  void sent(Sequence upto, Instant now);
  /// A branch had own entries up to `after`, and says that it has them up to `upto`. What was sent
  /// before `since` may have been sent to it more than once, and says nothing.
  void confirmed(Sequence after, Sequence upto, Instant since, Instant now);

  /// A branch has answered at once, after so long. That counts while nothing was confirmed: where
  /// nobody writes, peers may be far all the same.
  void met(Duration round_trip);

  /// This branch itself came so much later than it wanted to.
  void came_late(Duration late) { missed_ += late; }
  /// How late it came, in all.
  Duration missed() const { return missed_; }
  /// A clock that stands still while this branch is late. What others did not do in that time says
  /// little of them: it may be waiting to be read, or they share this branch's processor.
  Instant heeded(Instant now) const { return now - missed_; }

  /// When an own entry was sent, as `heeded`, or the next after it.
  Instant heeded_when_sent(Sequence entry) const;

  /// The time to confirm; zero when none was measured yet.
  Duration measured() const { return measured_; }
  /// Before help is sought beyond the direct way. Never less than it takes to hear that there is no
  /// need: of what came to a peer by another way it tells after `report_every`.
  Duration for_entries() const { return for_entries(Duration{}); }
  /// For one peer, which is so far away, or did not answer yet.
  Duration for_entries(std::optional<Duration> round_trip) const;
  /// Before those hear of the own progress who do not wait for it: others will be patient as long.
  Duration for_reports() const;
  /// Before branches that are not neighbours are called: the neighbours are given their turn first.
  Duration for_calls() const;
  /// Before a withdrawal that asked some asks all.
  Duration for_rights() const;

 private:
  void take(Duration sample);

  static constexpr std::size_t kSamples = 32;
  static constexpr std::size_t kMostSent = 256;

  const BranchOptions& options_;
  struct Sent {
    Sequence upto;
    Instant at;
    Instant heeded;
  };

  std::deque<Sent> sent_;                     ///< the latest; ascending
  std::array<Duration, kSamples> samples_{};  ///< the latest, in a ring
  std::size_t taken_ = 0;
  bool confirmed_any_ = false;
  Duration measured_{};
  Duration missed_{};
};

}  // namespace passbook
