// SPDX-License-Identifier: Apache-2.0
// What one simulation consists of. A seed decides all that nobody chose.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
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

  bool twin = false;        ///< a second living process of a branch, with data of its own
  bool memory = false;      ///< branches that keep their data in memory only
  bool old_disk = false;    ///< old copies of disks, put back where no peer can be heard
  bool size = false;        ///< a message that is too large breaks its stream
  bool large = false;       ///< some banks have 20 to 100 branches
  bool late_hello = false;  ///< streams whose first words arrive long after other news
  bool hostile = false;     ///< a branch that says what no honest one says
  bool forgery = false;     ///< it also passes on blocks that it made in another's name
  bool recoveries = false;  ///< two operators recover one branch at once
  bool far = false;         ///< branches that are far from each other
  bool slow_disk = false;   ///< disks on which a sync takes long, for a while or until the end
  bool overload = false;    ///< processors that are slow, or shared by all branches
  bool sparse = false;      ///< some banks have 8 to 20 branches, in a mesh of any shape
  bool apart = false;       ///< banks that are calm in the end, but in parts, while customers go on

  bool operator==(const Faults&) const = default;
  /// Those that a bank must survive today: the ones of `kFaultKinds` that say so.
  static constexpr Faults all();
};

/// A kind of trouble by its name.
struct FaultKind {
  std::string_view name;
  bool Faults::* on;
  bool in_all;  ///< whether "all" has it
};

/// The one place that decides what is in "all". Some are not: until the branches survive them in
/// every seed, or since they take long; docs/testing.md says what they show.
inline constexpr std::array kFaultKinds = {
    FaultKind{"network", &Faults::network, true},
    FaultKind{"crash", &Faults::crash, true},
    FaultKind{"disk", &Faults::disk, true},
    FaultKind{"clock", &Faults::clock, true},
    FaultKind{"twin", &Faults::twin, true},
    FaultKind{"memory", &Faults::memory, true},
    FaultKind{"old-disk", &Faults::old_disk, true},
    FaultKind{"size", &Faults::size, true},
    FaultKind{"large", &Faults::large, false},
    FaultKind{"late-hello", &Faults::late_hello, true},
    FaultKind{"hostile", &Faults::hostile, true},
    FaultKind{"forgery", &Faults::forgery, false},
    FaultKind{"recoveries", &Faults::recoveries, true},
    FaultKind{"far", &Faults::far, true},
    FaultKind{"slow-disk", &Faults::slow_disk, true},
    FaultKind{"overload", &Faults::overload, true},
    FaultKind{"sparse", &Faults::sparse, true},
    FaultKind{"apart", &Faults::apart, true},
};

constexpr Faults Faults::all() {
  Faults out;
  for (const FaultKind& kind : kFaultKinds) {
    out.*kind.on = kind.in_all;
  }
  return out;
}

/// The names of the kinds in "all", or of those beside it.
std::string fault_names(bool in_all);
/// None, all, or those that a comma list names. The error is one line.
std::expected<Faults, std::string> parse_faults(std::string_view text);

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
  bool flapping = false;                    ///< a partition comes and goes
  std::uint32_t late_hello_in_hundred = 0;  ///< streams whose first words are late
  Duration hello_late{};                    ///< by between nothing and this
  std::size_t message_most = 0;             ///< bytes of a message; 0 for no limit
  /// Branches stand at so many sites by turns; 0 for one. What goes from one site to another takes
  /// longer by their distance. Customers and operators are near every branch.
  std::uint32_t sites = 0;
  Duration site_nearest{};
  Duration site_farthest{};
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
  Every rolled_back_alone{};  ///< while no peer can be heard
  bool in_memory = false;     ///< a process that ends leaves nothing
  Every slow{};               ///< a disk becomes slow
  Duration slow_lasts{};      ///< between nothing and twice this
  Duration slow_fastest{};    ///< what a sync takes then
  Duration slow_slowest{};
};

/// What work takes of a processor: about what it is in production, gRPC and the kernel included.
struct WorkCosts {
  Duration step = std::chrono::microseconds(20);       ///< whatever it does
  Duration event = std::chrono::microseconds(2);       ///< of any kind, beside the following
  Duration message = std::chrono::microseconds(30);    ///< of a peer, at each end
  Duration call = std::chrono::microseconds(30);       ///< its arrival, and its answer
  Duration connection = std::chrono::milliseconds(1);  ///< opened, at each end
  Duration kibibyte =
      std::chrono::microseconds(10);               ///< of messages, and of what is read for peers
  Duration entry = std::chrono::microseconds(3);   ///< accepted or applied
  Duration record = std::chrono::microseconds(2);  ///< handed to the journal
};

/// The processors of all branches: see processor.h.
struct ProcessorSetup {
  /// What a step takes, where work is not counted: something between these, by chance.
  Duration quickest_step = std::chrono::microseconds(2);
  Duration slowest_step = std::chrono::microseconds(60);
  bool counts_work = false;  ///< a step takes what its work costs
  WorkCosts costs{};
  std::uint32_t shared = 0;        ///< by all branches; 0 for one each
  std::uint32_t slowness = 1;      ///< everything costs so many times as much
  Duration slow_for{};             ///< from the beginning; then as if slowness were 1
  std::size_t most_at_once = 512;  ///< events that one step takes in
};

/// A second process of a branch.
struct TwinSetup {
  Every begins{};
  Duration lives{};  ///< between nothing and twice this; then someone ends it
};

/// What a branch says that is under the adversary's control.
struct HostileSetup {
  BranchId liar;
  Every lies{};
  bool forges = false;
};

/// What comes when all else is over: some branches are away for a time, and then they are back.
struct ApartSetup {
  std::vector<BranchId> away;  ///< ascending; none when nothing of all this comes
  bool dead = false;           ///< else they run, and can speak with each other
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
  ProcessorSetup processor;
  ClockSetup clock;
  TwinSetup twin;
  HostileSetup hostile;
  ApartSetup apart;
  bool recoveries_at_once = false;
  WorkloadSetup workload;
};

/// The same for the same arguments, on every machine.
Setup setup_of(std::uint64_t seed, const Chosen& chosen);

/// Whether a log can have two histories in such a bank. Where it can't, no branch is excused for
/// saying so.
bool can_fork(const Setup& setup);

/// A generator of its own for each purpose, so that a change of one part of a simulation leaves
/// the luck of the others alone.
Random stream_of(std::uint64_t seed, std::string_view purpose, std::uint64_t number = 0);

/// Between the two, both included.
Duration between(Random& random, Duration least, Duration most);

}  // namespace passbook::sim
