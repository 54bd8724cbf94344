// SPDX-License-Identifier: Apache-2.0
// What one simulation consists of. A seed decides all that nobody chose.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "branch/options.h"
#include "ledger/bank.h"

namespace passbook::sim {

/// The kinds of trouble that a bank is given.
struct Faults {
  bool network = false;  ///< partitions, both ways and one way; streams and calls cut off; delays
  bool crash = false;    ///< processes and machines that end, or stand still
  bool disk = false;     ///< slow, failing and full disks; lost ones and old copies
  bool clock = false;    ///< clocks that drift and jump

  bool any() const { return network || crash || disk || clock; }
  bool operator==(const Faults&) const = default;
  static constexpr Faults all() { return {true, true, true, true}; }
};

/// What is chosen; the seed decides the rest.
struct Chosen {
  std::optional<std::uint32_t> branches;
  std::optional<std::uint32_t> customers;
  std::optional<std::uint32_t> accounts;
  std::optional<Duration> duration;
  Faults faults = Faults::all();
  bool operator==(const Chosen&) const = default;
};

/// How often a fault strikes: after a time between nothing and twice this; never when it is zero.
using Every = Duration;

struct NetworkSetup {
  Duration fastest{};
  Duration slowest{};
  std::uint32_t slow_in_million = 0;   ///< messages that take up to a thousand times as long
  std::uint32_t lost_in_million = 0;   ///< messages that break their stream, or end their call
  std::uint32_t twice_in_million = 0;  ///< calls that arrive twice
  Every partition{};
  Duration partition_lasts{};
  bool flapping = false;  ///< a partition comes and goes
};

struct CrashSetup {
  Every crash{};
  Every power_cut{};  ///< all machines at once
  Every pause{};
  Duration away{};  ///< at most
};

struct DiskSetup {
  Duration sync_fastest{};
  Duration sync_slowest{};
  Every failure{};
  Every full{};
  Every lost{};
  Every rolled_back{};
};

struct ClockSetup {
  std::uint32_t drift_ppm = 0;  ///< at most, in both directions
  Every jump{};
};

/// How the customers behave.
struct WorkloadSetup {
  Duration think{};       ///< between events: between nothing and twice this
  std::int64_t most = 0;  ///< the amount of one write, in minor units
  std::uint32_t withdraw_in_ten = 3;
  std::uint32_t deposit_in_ten = 3;
  bool skewed = false;             ///< nine of ten withdrawals are made at one of ten branches
  std::uint32_t moves_in_ten = 5;  ///< how often the next event is at another branch
  Duration timeout{};
  std::uint32_t probes_in_hundred = 5;  ///< events that an odd client makes of them
};

struct Setup {
  std::uint64_t seed = 0;
  Bank bank;
  std::uint32_t customers = 0;
  Duration duration{};
  BranchOptions options;
  Faults faults;
  NetworkSetup network;
  CrashSetup crash;
  DiskSetup disk;
  ClockSetup clock;
  WorkloadSetup workload;
};

/// The same for the same arguments, on every machine.
Setup setup_of(std::uint64_t seed, const Chosen& chosen);

/// A generator of its own for each purpose, so that a change of one part of a simulation leaves
/// the luck of the others alone.
Random stream_of(std::uint64_t seed, std::string_view purpose, std::uint64_t number = 0);

/// Between the two, both included.
Duration between(Random& random, Duration least, Duration most);

}  // namespace passbook::sim
