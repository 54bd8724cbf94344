// SPDX-License-Identifier: Apache-2.0
// The setup of one simulation. A seed decides everything that nobody chose.
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

/// The kinds of faults in a bank.
struct Faults {
  bool network = false;  ///< partitions, both ways and one way; broken streams and calls; delays
  bool crash = false;    ///< processes and machines that end or pause
  bool disk = false;     ///< slow, failing and full disks; lost disks and old copies
  bool clock = false;    ///< clocks that drift and jump

  bool twin = false;        ///< a second living process of a branch, with data of its own
  bool memory = false;      ///< branches that keep their data in memory only
  bool old_disk = false;    ///< old copies of disks, put back where no peer can be heard
  bool size = false;        ///< a message that is too large breaks its stream
  bool large = false;       ///< some banks have 20 to 100 branches
  bool late_hello = false;  ///< streams whose Hello arrives long after other news
  bool hostile = false;     ///< a branch sends messages that no honest branch sends
  bool forgery = false;     ///< it also passes on blocks that it made in another's name
  bool recoveries = false;  ///< two operators recover one branch at once
  bool far = false;         ///< branches far from each other
  bool slow_disk = false;   ///< disks with slow syncs, for a while or until the end
  bool overload = false;    ///< processors that are slow, or shared by all branches
  bool sparse = false;      ///< some banks have 8 to 20 branches, in a mesh of any shape
  bool apart = false;       ///< banks that are calm in the end but in parts, while customers go on

  bool operator==(const Faults&) const = default;
  /// The faults that a bank must survive today, as `kFaultKinds` says.
  static constexpr Faults all();
};

/// A kind of fault and its name.
struct FaultKind {
  std::string_view name;
  bool Faults::* on;
  bool in_all;  ///< whether "all" includes it
};

/// The one place that decides what "all" includes. Some kinds are left out because branches do not
/// survive them in every seed yet, or because they take long; see docs/testing.md.
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

/// The names of the kinds in "all", or of the others.
std::string fault_names(bool in_all);
/// "none", "all", or a comma list of kinds. The error is one line.
std::expected<Faults, std::string> parse_faults(std::string_view text);

/// The choices of the user. The seed decides the rest.
struct Chosen {
  std::optional<std::uint32_t> branches;
  std::optional<std::uint32_t> customers;
  std::optional<std::uint32_t> accounts;
  std::optional<Duration> duration;
  Faults faults = Faults::all();
  bool operator==(const Chosen&) const = default;
};

/// How often a fault strikes: after a time between nothing and twice this, or never if it is zero.
using Every = Duration;

struct NetworkSetup {
  Duration fastest{};
  Duration slowest{};
  std::uint32_t slow_in_million = 0;   ///< messages that take up to a thousand times as long
  std::uint32_t lost_in_million = 0;   ///< messages that break their stream, or end their call
  std::uint32_t twice_in_million = 0;  ///< calls that arrive twice
  Every partition{};
  Duration partition_lasts{};
  bool flapping = false;                    ///< partitions come and go
  std::uint32_t late_hello_in_hundred = 0;  ///< streams whose Hello is late
  Duration hello_late{};                    ///< its extra delay is between nothing and this
  std::size_t message_most = 0;             ///< the most bytes of a message; 0 for no limit
  /// The number of sites, to which branches are assigned in turn; 0 means one. Messages between
  /// sites take longer by their distance. Customers and operators are near every branch.
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
  bool in_memory = false;     ///< a process that ends leaves no data
  Every slow{};               ///< a disk becomes slow
  Duration slow_lasts{};      ///< between nothing and twice this
  Duration slow_fastest{};    ///< the range of a sync's time then
  Duration slow_slowest{};
};

/// The processor time of work: about the same as in production, including gRPC and the kernel.
struct WorkCosts {
  Duration step = std::chrono::microseconds(20);       ///< for any step
  Duration event = std::chrono::microseconds(2);       ///< for any event, in addition to the
                                                       ///< following
  Duration message = std::chrono::microseconds(30);    ///< for a message of a peer, at each end
  Duration call = std::chrono::microseconds(30);       ///< for the arrival of a call, and for its
                                                       ///< answer
  Duration connection = std::chrono::milliseconds(1);  ///< for opening a connection, at each end
  Duration kibibyte = std::chrono::microseconds(10);   ///< for messages, and for reading blocks for
                                                       ///< peers
  Duration entry = std::chrono::microseconds(3);       ///< for an entry accepted or applied
  Duration record = std::chrono::microseconds(2);      ///< for a record handed to the journal
};

/// The processors of all branches: see processor.h.
struct ProcessorSetup {
  /// The random time of a step where work is not counted, between these two.
  Duration quickest_step = std::chrono::microseconds(2);
  Duration slowest_step = std::chrono::microseconds(60);
  bool counts_work = false;  ///< a step takes the time of its work
  WorkCosts costs{};
  std::uint32_t shared = 0;        ///< the number shared by all branches; 0 for one each
  std::uint32_t slowness = 1;      ///< multiplies all costs
  Duration slow_for{};             ///< from the beginning; after that as if slowness were 1
  std::size_t most_at_once = 512;  ///< the most events that one step takes in
};

/// A second process of a branch.
struct TwinSetup {
  Every begins{};
  Duration lives{};  ///< it is ended after between nothing and twice this
};

/// The lies of a branch under the adversary's control.
struct HostileSetup {
  BranchId liar;
  Every lies{};
  bool forges = false;
};

/// After all other trouble: some branches are away for a time, and then they are back.
struct ApartSetup {
  std::vector<BranchId> away;  ///< ascending; none if this is left out
  bool dead = false;           ///< if not, they run and can talk to each other
};

struct ClockSetup {
  std::uint32_t drift_ppm = 0;  ///< the most, in both directions
  Every jump{};
};

/// How the customers behave.
struct WorkloadSetup {
  Duration think{};       ///< the time between events: between nothing and twice this
  std::int64_t most = 0;  ///< the largest amount of a write, in minor units
  std::uint32_t withdraw_in_ten = 3;
  std::uint32_t deposit_in_ten = 3;
  bool skewed = false;             ///< nine of ten withdrawals are made at a tenth of the branches
  std::uint32_t moves_in_ten = 5;  ///< how often a customer moves to another branch
  Duration timeout{};
  std::uint32_t probes_in_hundred = 5;  ///< the share of events that odd clients make
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

/// The same arguments give the same setup on every machine.
Setup setup_of(std::uint64_t seed, const Chosen& chosen);

/// Whether a log can have two histories in such a bank. If not, no branch is excused for reporting
/// a fork.
bool can_fork(const Setup& setup);

/// A separate generator for each purpose, so that a change in one part of a simulation leaves the
/// other parts' draws alone.
Random stream_of(std::uint64_t seed, std::string_view purpose, std::uint64_t number = 0);

/// A random duration between the two, both included.
Duration between(Random& random, Duration least, Duration most);

}  // namespace passbook::sim
