// SPDX-License-Identifier: Apache-2.0
// What came of simulations, for people and for machines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "lab/sim/campaign.h"

namespace passbook {

/// One seed. All but `wall`, the time that it took, is the same on every run.
struct SeedReport {
  explicit SeedReport(const sim::Result& result);

  std::uint64_t seed = 0;
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::uint64_t calls = 0;
  Duration simulated{};
  sim::Coverage coverage;
  // Of one that failed.
  std::string invariant;           ///< empty when it passed
  std::string finding;             ///< a sentence
  std::string replay;              ///< the command that shows it again, smaller
  std::vector<std::string> trace;  ///< what led to it there

  bool passed() const { return invariant.empty(); }
};

/// A seed that failed, and a smaller simulation that fails in the same way.
SeedReport failed_seed(const sim::Result& result, const sim::Result& small,
                       const sim::Chosen& choices);

/// One object.
std::string as_json(const SeedReport& report);
/// Its members, without braces.
std::string members_of(const SeedReport& report);

/// Many seeds.
class SeedsReport {
 public:
  SeedsReport(const sim::Campaign& campaign, Instant now) : campaign_(campaign), began_(now) {}

  void add(const sim::Result& result, SeedReport report, Instant now);
  void finish(Instant now);
  /// The first few failures are looked into; of the others, the seeds are enough.
  bool wants_failures() const { return failed_.size() < 3; }
  /// All passed, and together they reached everything that they should.
  bool passed() const { return failed_.empty() && missed_.empty(); }

  const sim::Campaign& campaign() const { return campaign_; }
  const SeedReport& last() const { return last_.front(); }
  const std::vector<SeedReport>& failed() const { return failed_; }
  /// The kinds of answers and messages that never came up, though they should have.
  const std::vector<std::string>& missed() const { return missed_; }
  const sim::Coverage& coverage() const { return coverage_; }
  std::uint64_t seeds() const { return seeds_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t hash() const { return hash_; }  ///< of all hashes in order
  Duration simulated() const { return simulated_; }
  Duration wall() const { return wall_; }

 private:
  sim::Campaign campaign_;
  Instant began_;
  std::vector<SeedReport> last_;  ///< one at most
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

/// To standard output. One seed is told alone, unless many were asked for.
void print(const SeedsReport& report, Format format, bool many);

}  // namespace passbook
