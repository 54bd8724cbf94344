// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/block.h"

namespace passbook::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <class Value, std::size_t N>
Value one_of(Random& random, const std::array<Value, N>& values) {
  return values.at(random.below(N));
}

/// Zero half of the time: every simulation has some of the faults, and few have all.
Every sometimes(Random& random, Duration least, Duration most) {
  return random.chance(1, 2) ? Every{} : between(random, least, most);
}

Bank bank_for(Random& random, const Chosen& chosen) {
  Bank bank;
  const auto branches = static_cast<std::uint32_t>(2 + random.below(6));
  for (std::uint32_t i = 1; i <= chosen.branches.value_or(branches); ++i) {
    bank.branches.emplace_back(i);
  }
  const auto accounts = static_cast<std::uint32_t>(1 + random.below(3));
  for (std::uint32_t i = 1; i <= chosen.accounts.value_or(accounts); ++i) {
    const auto opening =
        one_of<std::int64_t>(random, std::array<std::int64_t, 4>{0, 7, 400, 100'000});
    const auto limit = one_of<std::int64_t>(random, std::array<std::int64_t, 3>{0, 0, 50});
    bank.accounts.push_back({AccountId{i}, Money{opening}, Money{limit}});
  }
  return bank;
}

NetworkSetup network_for(Random& random, bool faults, Duration duration) {
  NetworkSetup out{.fastest = microseconds(50), .slowest = {}};
  out.slowest = one_of<Duration>(
      random, std::array<Duration, 3>{microseconds(300), milliseconds(3), milliseconds(40)});
  if (!faults) {
    return out;
  }
  out.slow_in_million =
      one_of<std::uint32_t>(random, std::array<std::uint32_t, 3>{0, 1'000, 20'000});
  out.lost_in_million =
      one_of<std::uint32_t>(random, std::array<std::uint32_t, 4>{0, 100, 1'000, 10'000});
  out.twice_in_million = one_of<std::uint32_t>(random, std::array<std::uint32_t, 2>{0, 20'000});
  out.partition = sometimes(random, duration / 40, duration / 4);
  out.partition_lasts =
      one_of<Duration>(random, std::array<Duration, 3>{milliseconds(300), seconds(2), seconds(8)});
  out.flapping = random.chance(1, 4);
  return out;
}

CrashSetup crash_for(Random& random, bool faults, Duration duration) {
  if (!faults) {
    return {};
  }
  CrashSetup out;
  out.crash = sometimes(random, duration / 60, duration / 3);
  out.power_cut = sometimes(random, duration / 6, duration);
  out.pause = sometimes(random, duration / 40, duration / 3);
  out.away = one_of<Duration>(
      random, std::array<Duration, 3>{milliseconds(20), milliseconds(800), seconds(6)});
  return out;
}

DiskSetup disk_for(Random& random, bool faults, Duration duration) {
  DiskSetup out{.sync_fastest = microseconds(20), .sync_slowest = microseconds(400)};
  if (!faults) {
    return out;
  }
  out.sync_slowest = one_of<Duration>(
      random, std::array<Duration, 3>{microseconds(400), milliseconds(10), milliseconds(150)});
  out.failure = sometimes(random, duration / 10, duration);
  out.full = sometimes(random, duration / 10, duration / 2);
  out.lost = sometimes(random, duration / 6, duration);
  out.rolled_back = sometimes(random, duration / 4, duration);
  return out;
}

ClockSetup clock_for(Random& random, bool faults, Duration duration) {
  if (!faults) {
    return {};
  }
  return {.drift_ppm =
              one_of<std::uint32_t>(random, std::array<std::uint32_t, 3>{200, 20'000, 300'000}),
          .jump = sometimes(random, duration / 10, duration)};
}

/// The most bytes that the branches themselves intend to send at once: a batch, or one block that
/// depends on two incarnations of every branch, with the overhead of the wire.
std::size_t largest_batch(const Setup& setup) {
  const std::size_t block =
      block_size({.entries = 200, .requests = 200, .dependencies = 2 * setup.bank.branches.size()});
  return 2 * std::max(setup.options.batch_bytes, block);
}

/// The limit of gRPC, or, so that it is reached, one little above the largest intended message.
std::size_t message_most(Random& random, const Setup& setup) {
  constexpr std::size_t kOfGrpc = std::size_t{4} << 20U;
  constexpr std::size_t kLeast = std::size_t{4} << 10U;
  return random.chance(1, 4) ? kOfGrpc : std::min(kOfGrpc, std::max(kLeast, largest_batch(setup)));
}

void add_late_hellos(Random& random, NetworkSetup& network) {
  network.late_hello_in_hundred =
      one_of<std::uint32_t>(random, std::array<std::uint32_t, 3>{0, 10, 50});
  network.hello_late = one_of<Duration>(
      random, std::array<Duration, 3>{milliseconds(50), milliseconds(400), seconds(2)});
}

/// This many branches are enough load for any processor.
constexpr std::size_t kManyBranches = 40;

void set_branches(Setup& setup, std::uint32_t count) {
  setup.bank.branches.clear();
  for (std::uint32_t i = 1; i <= count; ++i) {
    setup.bank.branches.emplace_back(i);
  }
}

/// Large banks are rare and short, so that many seeds stay affordable.
void make_large(Random& random, const Chosen& chosen, Setup& setup) {
  constexpr std::uint64_t kOneOf = 60;
  if (!random.chance(1, kOneOf)) {
    return;
  }
  const auto branches =
      static_cast<std::uint32_t>(20 + random.below(random.chance(1, 4) ? 81 : 21));
  set_branches(setup, chosen.branches.value_or(branches));
  setup.customers = chosen.customers.value_or(static_cast<std::uint32_t>(1 + random.below(3)));
  setup.duration = chosen.duration.value_or(between(random, seconds(2), seconds(5)));
  // In so little time, a disk that is lost must be lost early.
  if (setup.faults.disk && setup.disk.lost > Every{}) {
    setup.disk.lost = std::min<Duration>(setup.disk.lost, setup.duration / 4);
  }
}

/// Nothing is on a disk, so no disk is slow or fails. A process that ends counts as a lost disk, so
/// not all end at once.
void keep_in_memory(Setup& setup) {
  setup.disk = {.sync_fastest = microseconds(1), .sync_slowest = microseconds(1)};
  setup.disk.in_memory = true;
  setup.crash.power_cut = {};
}

/// Two or three sites, or one for each branch.
void add_distances(Random& random, NetworkSetup& network) {
  if (random.chance(1, 2)) {
    return;
  }
  constexpr std::uint32_t kOneEach = 1'000;
  network.sites = one_of<std::uint32_t>(random, std::array<std::uint32_t, 3>{2, 3, kOneEach});
  network.site_farthest = one_of<Duration>(
      random, std::array<Duration, 3>{milliseconds(100), milliseconds(200), milliseconds(400)});
  network.site_nearest = random.chance(1, 2) ? network.site_farthest : milliseconds(100);
}

/// Some disks become slow, for a while or until the trouble ends.
void add_slow_disks(Random& random, Duration duration, DiskSetup& disk) {
  if (disk.in_memory) {
    return;
  }
  disk.slow = sometimes(random, duration / 20, duration / 4);
  disk.slow_lasts = one_of<Duration>(
      random, std::array<Duration, 3>{milliseconds(500), seconds(4), std::chrono::hours(1)});
  disk.slow_fastest = milliseconds(50);
  disk.slow_slowest =
      one_of<Duration>(random, std::array<Duration, 2>{milliseconds(100), milliseconds(500)});
}

/// Work is counted, on few processors or slow ones, and some banks have more branches or customers
/// than others. A branch that is late can't hear its peers in time, so no old copy of a disk is put
/// back.
void overload(Random& random, const Chosen& chosen, Setup& setup) {
  if (random.chance(2, 3)) {
    return;
  }
  setup.disk.rolled_back = {};
  const bool many = random.chance(1, 3) && setup.bank.branches.size() < kManyBranches;
  if (many) {
    set_branches(setup,
                 chosen.branches.value_or(static_cast<std::uint32_t>(12 + random.below(19))));
    setup.duration = chosen.duration.value_or(between(random, seconds(2), seconds(5)));
  }
  ProcessorSetup& processor = setup.processor;
  processor.counts_work = true;
  processor.shared = one_of<std::uint32_t>(random, std::array<std::uint32_t, 4>{0, 1, 1, 2});
  const auto slowness = one_of<std::uint32_t>(random, std::array<std::uint32_t, 4>{1, 5, 20, 50});
  processor.slowness = setup.bank.branches.size() < kManyBranches ? slowness : 1;
  processor.slow_for = random.chance(1, 2) ? setup.duration : setup.duration / 3;
  const auto crowd = static_cast<std::uint32_t>(20 + random.below(41));
  if (many || (processor.slowness > 1 && random.chance(1, 2))) {
    setup.customers = chosen.customers.value_or(crowd);
  }
}

/// Takes away less than half of the branches, mostly one. Where not all stream to each other it is
/// never more, since the others may find each other only by calling for help, which takes longer
/// than calls do. If a log may have two histories or the bank is overloaded, nobody is taken away:
/// the judges could not judge the answers.
void take_apart(Random& random, Setup& setup) {
  if (can_fork(setup) || setup.processor.counts_work) {
    return;
  }
  std::vector<BranchId> others = setup.bank.branches;
  const bool full = others.size() <= setup.options.full_mesh;
  const std::size_t most = random.chance(2, 3) || !full ? 1 : (others.size() - 1) / 2;
  for (std::size_t away = 0; away < most; ++away) {
    const auto chosen = others.begin() + static_cast<std::ptrdiff_t>(random.below(others.size()));
    setup.apart.away.push_back(*chosen);
    others.erase(chosen);
  }
  std::ranges::sort(setup.apart.away);
  setup.apart.dead = random.chance(1, 2);
}

/// One bank in eight has more branches than the others, and a mesh of any shape but the full one.
void make_sparse(Random& random, const Chosen& chosen, Setup& setup) {
  if (!random.chance(1, 8) || setup.bank.branches.size() >= kManyBranches) {
    return;
  }
  set_branches(setup, chosen.branches.value_or(static_cast<std::uint32_t>(8 + random.below(13))));
  setup.duration = chosen.duration.value_or(between(random, seconds(2), seconds(10)));
  setup.options.full_mesh = 1;
  setup.options.mesh_shape = one_of<MeshShape>(
      random,
      std::array{MeshShape::binary, MeshShape::signed_binary, MeshShape::ternary, MeshShape::grid});
}

/// In half of the seeds no log can have two histories, so that nothing is excused.
Faults rarer_of(std::uint64_t seed, Faults faults) {
  if (stream_of(seed, "one history").chance(1, 2)) {
    faults.twin = false;
    faults.memory = false;
    faults.old_disk = false;
    faults.hostile = false;
    faults.forgery = false;
    faults.recoveries = false;
  }
  return faults;
}

/// The rarer kinds of faults, each with a generator of its own.
void add_rarer(std::uint64_t seed, const Chosen& chosen, Duration duration, Setup& out) {
  const Faults faults = rarer_of(seed, chosen.faults);
  Random large = stream_of(seed, "large");
  if (faults.large) {
    make_large(large, chosen, out);
  }
  Random sparse = stream_of(seed, "sparse");
  if (faults.sparse) {
    make_sparse(sparse, chosen, out);
  }
  Random processor = stream_of(seed, "overload");
  if (faults.overload) {
    overload(processor, chosen, out);
  }
  Random twin = stream_of(seed, "twin");
  if (faults.twin) {
    out.twin.begins = sometimes(twin, duration / 20, duration / 3);
    out.twin.lives =
        one_of<Duration>(twin, std::array<Duration, 3>{milliseconds(300), seconds(3), seconds(15)});
  }
  Random hostile = stream_of(seed, "hostile");
  if (faults.hostile || faults.forgery) {
    out.hostile.forges = faults.forgery;
    out.hostile.liar = out.bank.branches[hostile.below(out.bank.branches.size())];
    out.hostile.lies = sometimes(hostile, duration / 100, duration / 8);
  }
  Random late = stream_of(seed, "late hello");
  if (faults.late_hello) {
    add_late_hellos(late, out.network);
  }
  Random size = stream_of(seed, "size");
  if (faults.size) {
    out.network.message_most = message_most(size, out);
  }
  Random disk = stream_of(seed, "old disk");
  if (faults.old_disk) {
    out.disk.rolled_back_alone = sometimes(disk, duration / 10, duration / 2);
  }
  Random memory = stream_of(seed, "memory");
  if (faults.memory && memory.chance(1, 2)) {
    keep_in_memory(out);
  }
  Random recoveries = stream_of(seed, "recoveries");
  out.recoveries_at_once = faults.recoveries && recoveries.chance(1, 2);
  Random far = stream_of(seed, "far");
  if (faults.far) {
    add_distances(far, out.network);
  }
  Random apart = stream_of(seed, "apart");
  if (faults.apart) {
    take_apart(apart, out);
  }
  Random slow_disk = stream_of(seed, "slow disk");
  if (faults.slow_disk) {
    add_slow_disks(slow_disk, duration, out.disk);
  }
}

/// A few events in a long time, or many in a short one.
WorkloadSetup workload_for(Random& random, std::uint32_t customers, Duration duration) {
  WorkloadSetup out;
  const auto events = one_of<std::int64_t>(random, std::array<std::int64_t, 3>{200, 1'000, 4'000});
  out.think = duration * customers / events;
  out.most = one_of<std::int64_t>(random, std::array<std::int64_t, 4>{1, 20, 300, 20'000});
  out.deposit_in_ten = static_cast<std::uint32_t>(1 + random.below(4));
  out.withdraw_in_ten = static_cast<std::uint32_t>(1 + random.below(5));
  out.skewed = random.chance(1, 3);
  out.moves_in_ten = static_cast<std::uint32_t>(random.below(11));
  out.timeout =
      one_of<Duration>(random, std::array<Duration, 3>{milliseconds(500), seconds(2), seconds(10)});
  return out;
}

/// The bytes of a block of one entry that answers a request.
constexpr std::size_t kBlockOfOne = block_size({.entries = 1, .requests = 1});

BranchOptions options_for(Random& random) {
  BranchOptions out;
  out.observe = true;
  out.listen_first = seconds(2);
  out.longest_request = seconds(25);  // liars' requests end before all must be served again
  out.snapshot_every = one_of<std::size_t>(random, std::array<std::size_t, 4>{0, 10, 60, 1'000});
  out.session_bytes =
      one_of<std::size_t>(random, std::array<std::size_t, 3>{3'000, 30'000, 64'000'000});
  out.beyond_window = one_of<std::size_t>(random, std::array<std::size_t, 3>{2, 16, 512});
  out.batch_bytes = out.beyond_window * kBlockOfOne;
  out.window_entries = std::max<std::size_t>(
      out.beyond_window, one_of<std::size_t>(random, std::array<std::size_t, 3>{32, 128, 65'536}));
  out.fetch_bytes = kBlockOfOne * one_of<std::size_t>(random, std::array<std::size_t, 2>{16, 4096});
  out.full_mesh = random.chance(1, 4) ? 1 : out.full_mesh;
  out.snapshot_part = one_of<std::size_t>(random, std::array<std::size_t, 3>{1, 5, 256});
  return out;
}

/// Turns on the kinds that a word of --faults names. False if there is no such word.
bool turn_on(std::string_view word, Faults& faults) {
  bool known = word == "none" || word == "all";
  for (const FaultKind& kind : kFaultKinds) {
    const bool meant = kind.name == word || (word == "all" && kind.in_all);
    faults.*kind.on = faults.*kind.on || meant;
    known = known || meant;
  }
  return known;
}

}  // namespace

std::string fault_names(bool in_all) {
  std::vector<std::string_view> names;
  for (const FaultKind& kind : kFaultKinds) {
    if (kind.in_all == in_all) {
      names.push_back(kind.name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::expected<Faults, std::string> parse_faults(std::string_view text) {
  Faults out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (!turn_on(word, out)) {
      return std::unexpected(
          fmt::format("--faults takes none, all, or a comma list of {}, {} and all, not \"{}\"",
                      fault_names(true), fault_names(false), word));
    }
  }
  return out;
}

bool can_fork(const Setup& setup) {
  return setup.twin.begins > Every{} || setup.disk.in_memory ||
         setup.disk.rolled_back_alone > Every{} || setup.hostile.lies > Every{} ||
         setup.recoveries_at_once;
}

Random stream_of(std::uint64_t seed, std::string_view purpose, std::uint64_t number) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char letter : purpose) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  }
  Random mixed(seed ^ hash);
  return Random(mixed.next() + number * 0x9e3779b97f4a7c15U);
}

Duration between(Random& random, Duration least, Duration most) {
  return least + Duration(static_cast<std::int64_t>(
                     random.below(static_cast<std::uint64_t>((most - least).count()) + 1)));
}

Setup setup_of(std::uint64_t seed, const Chosen& chosen) {
  Setup out;
  out.seed = seed;
  Random sizes = stream_of(seed, "sizes");
  out.bank = bank_for(sizes, chosen);
  const auto customers = static_cast<std::uint32_t>(1 + sizes.below(10));
  out.customers = chosen.customers.value_or(customers);
  // Rates do not depend on the chosen duration, so a shorter simulation is the beginning of a
  // longer one.
  const Duration duration = between(sizes, seconds(5), seconds(40));
  out.duration = chosen.duration.value_or(duration);
  out.faults = chosen.faults;
  Random options = stream_of(seed, "options");
  out.options = options_for(options);
  Random workload = stream_of(seed, "workload");
  out.workload = workload_for(workload, customers, duration);
  Random network = stream_of(seed, "network");
  out.network = network_for(network, chosen.faults.network, duration);
  Random crash = stream_of(seed, "crash");
  out.crash = crash_for(crash, chosen.faults.crash, duration);
  Random disk = stream_of(seed, "disk");
  out.disk = disk_for(disk, chosen.faults.disk, duration);
  Random clock = stream_of(seed, "clock");
  out.clock = clock_for(clock, chosen.faults.clock, duration);
  add_rarer(seed, chosen, duration, out);
  Random limits = stream_of(seed, "limits");
  if (limits.chance(1, 8)) {
    out.options.most_waiting = 2 + limits.below(6);
    out.options.most_in_work = 4 + limits.below(10);
  }
  return out;
}

}  // namespace passbook::sim
