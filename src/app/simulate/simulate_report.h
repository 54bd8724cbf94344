// SPDX-License-Identifier: Apache-2.0
// The results of simulations, for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "lab/sim/campaign.h"

namespace passbook {

/// One seed's result. It is the same on every run.
struct SeedReport {
  explicit SeedReport(const sim::Result& result);

  std::uint64_t seed = 0;
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::uint64_t calls = 0;
  Duration simulated{};
  sim::Coverage coverage;
  // If it failed:
  std::string invariant;           ///< empty if it passed
  std::string finding;             ///< one sentence
  std::string replay;              ///< the command that shows the failure in a smaller bank
  std::vector<std::string> trace;  ///< the events that led to that failure

  bool passed() const { return invariant.empty(); }
};

/// A failed seed, and a smaller simulation that fails in the same way.
SeedReport failed_seed(const sim::Result& result, const sim::Result& small,
                       const sim::Chosen& choices);

/// One object.
std::string as_json(const SeedReport& report);
/// Its members, without braces.
std::string members_of(const SeedReport& report);

/// The results of many seeds.
class SeedsReport {
 public:
  SeedsReport(const sim::Campaign& campaign, Instant now) : campaign_(campaign), began_(now) {}

  void add(const sim::Result& result, SeedReport report, Instant now);
  void finish(Instant now);
  /// Details of the first few failures. For the others, the seeds are enough.
  bool wants_failures() const { return failed_.size() < 3; }
  /// Whether all passed and together reached every kind of answer and message that they should.
  bool passed() const { return failed_.empty() && missed_.empty(); }

  const sim::Campaign& campaign() const { return campaign_; }
  const SeedReport& last() const { return last_.front(); }
  const std::vector<SeedReport>& failed() const { return failed_; }
  /// The kinds of answers and messages that should have occurred but never did.
  const std::vector<std::string>& missed() const { return missed_; }
  const sim::Coverage& coverage() const { return coverage_; }
  std::uint64_t seeds() const { return seeds_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t hash() const { return hash_; }  ///< the hash of all hashes, in order
  Duration simulated() const { return simulated_; }
  Duration wall() const { return wall_; }

 private:
  sim::Campaign campaign_;
  Instant began_;
  std::vector<SeedReport> last_;  ///< at most one
  std::vector<SeedReport> failed_;
  std::vector<std::string> missed_;
  sim::Coverage coverage_;
  std::uint64_t seeds_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t hash_ = 0;
  Duration simulated_{};
  Duration wall_{};
};

/// "1200 seeds, 18 h simulated, 1.1 M events/s, faults: ..."
std::string live_line(const SeedsReport& so_far);

/// "1200 of 10000 seeds done, 2 failed: 7, 912"
std::string done_line(const SeedsReport& so_far);

/// Prints to standard output. A single seed is reported in detail, unless many were asked for.
void print(const SeedsReport& report, Format format, bool many);

}  // namespace passbook
