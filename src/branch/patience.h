// SPDX-License-Identifier: Apache-2.0
// How long to wait for other branches before seeking help. It adapts to how long they take.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>

#include "base/ids.h"
#include "base/time.h"
#include "branch/options.h"

namespace passbook {

/// Measures how long other branches take to confirm this branch's entries. A fixed wait that suits
/// a bank within one rack would ask for help all the time where peers are far, disks are slow, or
/// branches are overloaded; and calls for help would add to the load.
///
/// Uses the lower quartile of the latest confirmations. Branches that were cut off or stopped for a
/// while confirm late, which says nothing about the usual delay.
class Patience {
 public:
  explicit Patience(const BranchOptions& options) : options_(options) {}

  /// This branch's own entries up to `upto` were handed to the streams.
  void sent(Sequence upto, Instant now);
  /// A branch that had this branch's entries up to `after` reports that it has them up to `upto`.
  /// Entries sent before `since` may have been sent to it more than once, so they are not measured.
  void confirmed(Sequence after, Sequence upto, Instant since, Instant now);

  /// A branch answered an immediate question after `round_trip`. This counts only until a first
  /// confirmation: even where nobody writes, peers may be far away.
  void met(Duration round_trip);

  /// This branch stepped later than it wanted to, by `late`.
  void came_late(Duration late) { missed_ += late; }
  /// Its total lateness.
  Duration missed() const { return missed_; }
  /// A clock that stops while this branch is late. Inactivity of other branches during that time
  /// says little about them: their messages may be waiting to be read, or they share this branch's
  /// processor.
  Instant heeded(Instant now) const { return now - missed_; }

  /// When an own entry, or the next one recorded after it, was sent; in the time of `heeded`.
  Instant heeded_when_sent(Sequence entry) const;

  /// The usual time to confirm, or zero if none was measured yet.
  Duration measured() const { return measured_; }
  /// How long to wait before seeking help beyond the direct way. It is never shorter than it takes
  /// to hear that help is not needed: a peer reports entries that reached it another way after
  /// `report_every`.
  Duration for_entries() const { return for_entries(Duration{}); }
  /// The same for one peer with this round-trip time. Empty means that it has not answered yet.
  Duration for_entries(std::optional<Duration> round_trip) const;
  /// How long to wait before reporting progress to peers that do not wait for it. They are patient
  /// for as long as `for_entries` says.
  Duration for_reports() const;
  /// How long to wait before calling branches that are not neighbours, so that the neighbours get
  /// their turns first.
  Duration for_calls() const;
  /// How long a withdrawal that asked some branches waits before it asks all.
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

  std::deque<Sent> sent_;                     ///< the latest, ascending
  std::array<Duration, kSamples> samples_{};  ///< the latest, in a ring
  std::size_t taken_ = 0;
  bool confirmed_any_ = false;
  Duration measured_{};
  Duration missed_{};
};

}  // namespace passbook
