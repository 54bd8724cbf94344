// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/adversary.h"

#include <algorithm>
#include <array>

#include "lab/trace/tracer.h"

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array kAll = {Trouble::partition,    Trouble::crash,
                             Trouble::power_cut,    Trouble::pause,
                             Trouble::disk_failure, Trouble::disk_full,
                             Trouble::disk_lost,    Trouble::disk_rolled_back,
                             Trouble::clock_jump,   Trouble::rolled_back_alone,
                             Trouble::twin,         Trouble::lie,
                             Trouble::disk_slow};

/// How long the network stays calm while an old copy starts, so that it can hear its peers.
constexpr Duration kOldCopyStarts = seconds(3);
/// The least time between two losses of a disk. The first branch must also serve again.
constexpr Duration kBetweenLosses = seconds(15);
constexpr Duration kShortest = milliseconds(5);
constexpr Duration kLongestPause = seconds(6);

}  // namespace

Adversary::Adversary(const Setup& setup, World& world, Network& network, Branches& branches,
                     Operators& operators)
    : setup_(setup),
      world_(world),
      network_(network),
      branches_(branches),
      operators_(operators),
      liar_(setup, world, branches),
      random_(stream_of(setup.seed, "adversary")),
      old_disks_(stream_of(setup.seed, "old disks alone")),
      twins_(stream_of(setup.seed, "twins")),
      away_(stream_of(setup.seed, "stays away")) {
  if (setup.faults.late_hello) {
    branches_.streams().late = [this](BranchId branch) { overtake(branch); };
  }
}

Every Adversary::every(Trouble kind) const {
  switch (kind) {
    case Trouble::partition:
      return setup_.network.partition;
    case Trouble::crash:
      return setup_.crash.crash;
    case Trouble::power_cut:
      return setup_.crash.power_cut;
    case Trouble::pause:
      return setup_.crash.pause;
    case Trouble::disk_failure:
      return setup_.disk.failure;
    case Trouble::disk_full:
      return setup_.disk.full;
    case Trouble::disk_lost:
      return setup_.disk.lost;
    case Trouble::disk_rolled_back:
      return setup_.disk.rolled_back;
    case Trouble::clock_jump:
      return setup_.clock.jump;
    case Trouble::rolled_back_alone:
      return setup_.disk.rolled_back_alone;
    case Trouble::twin:
      return setup_.twin.begins;
    case Trouble::lie:
      return setup_.hostile.lies;
    case Trouble::disk_slow:
      return setup_.disk.slow;
    case Trouble::stays_away:
      break;
  }
  return {};
}

void Adversary::begin() {
  for (const Trouble kind : kAll) {
    plan_next(kind);
  }
}

void Adversary::plan_next(Trouble kind) {
  if (every(kind) > Every{}) {
    world_.later(between(random_, {}, 2 * every(kind)), TroubleStrikes{kind});
  }
}

BranchId Adversary::victim() { return branches_.ids()[random_.below(branches_.ids().size())]; }

void Adversary::happen(const TroubleStrikes& strikes) {
  if (over_) {
    return;
  }
  if (world_.now >= quiet_until_ && strike(strikes.kind)) {
    constexpr std::array kNames = {
        "partition", "crash",     "power cut",          "pause",      "disk failure",
        "disk full", "disk lost", "old copy of a disk", "clock jump", "old copy of a disk, alone",
        "twin",      "lie",       "disk slow"};
    world_.struck(kNames.at(static_cast<std::size_t>(strikes.kind)));
  }
  plan_next(strikes.kind);
}

/// Returns whether it struck.
bool Adversary::strike(Trouble kind) {
  if (kind == Trouble::lie) {
    return liar_.lie();
  }
  if (kind == Trouble::twin) {
    return begin_twin(branches_.ids()[twins_.below(branches_.ids().size())]);
  }
  const BranchId branch = victim();
  const bool runs = branches_.condition(branch) == Branches::Condition::running;
  switch (kind) {
    case Trouble::partition:
      return strike_network();
    case Trouble::power_cut:
      for (const BranchId each : branches_.ids()) {
        kill(each, /*silently=*/true);
      }
      return true;
    case Trouble::crash:
      if (!runs || (setup_.disk.in_memory && !may_lose_a_disk(branch))) {
        return false;
      }
      if (setup_.disk.in_memory) {
        disks_safe_until_ = world_.now + kBetweenLosses;
      }
      kill(branch, random_.chance(1, 3));
      return true;
    case Trouble::pause:
      if (runs) {
        branches_.pause(branch);
        const Duration most = std::min(kLongestPause, setup_.crash.away);
        world_.later(between(random_, kShortest, most), TroubleEnds{kind, branch});
      }
      return runs;
    case Trouble::clock_jump:
      branches_.jump_clock(branch, between(random_, kShortest, seconds(20)));
      return true;
    case Trouble::disk_failure:
    case Trouble::disk_full:
    case Trouble::disk_lost:
    case Trouble::disk_rolled_back:
    case Trouble::rolled_back_alone:
    case Trouble::disk_slow:
    case Trouble::twin:
    case Trouble::lie:
    case Trouble::stays_away:
      break;
  }
  return strike_disk(kind, branch);
}

/// Cuts some branches off from the others, in both directions or in one only.
bool Adversary::strike_network() {
  std::vector<Network::Way> ways;
  const bool one_way = random_.chance(1, 3);
  std::vector<BranchId> machines = branches_.ids();
  std::vector<bool> here;
  for (std::size_t i = 0; i < branches_.ids().size(); ++i) {
    here.push_back(random_.chance(1, 2));
    if (branches_.alive(twin_of(machines[i]))) {
      machines.push_back(twin_of(machines[i]));
    }
  }
  while (here.size() < machines.size()) {
    here.push_back(twins_.chance(1, 2));
  }
  for (std::size_t a = 0; a < here.size(); ++a) {
    for (std::size_t b = 0; b < here.size(); ++b) {
      if (here[a] != here[b] && (!one_way || here[a])) {
        ways.emplace_back(machines[a], machines[b]);
      }
    }
  }
  if (ways.empty()) {
    return false;
  }
  const std::uint64_t number = ++last_number_;
  if (setup_.network.flapping) {
    flapping_.emplace(number, ways);
  }
  cut(number, std::move(ways));
  world_.later(between(random_, kShortest, 2 * setup_.network.partition_lasts),
               TroubleEnds{Trouble::partition, {}, number});
  return true;
}

void Adversary::cut(std::uint64_t number, std::vector<Network::Way> ways) {
  show(ways, trace::Act::cut);
  network_.cut(number, std::move(ways));
}

void Adversary::heal(std::uint64_t number) { show(network_.heal(number), trace::Act::mend); }

void Adversary::show(const std::vector<Network::Way>& ways, trace::Act act) {
  for (const auto& [from, to] : ways) {
    world_.show(
        trace::process_event(trace::process_of(from), world_.now, act, trace::process_of(to)));
  }
}

bool Adversary::strike_disk(Trouble kind, BranchId branch) {
  if (kind == Trouble::disk_failure) {
    branches_.fail_disk(branch);
    return true;
  }
  if (kind == Trouble::disk_full) {
    branches_.fill_disk(branch, true);
    world_.later(between(random_, milliseconds(50), seconds(3)), TroubleEnds{kind, branch});
    return true;
  }
  if (kind == Trouble::disk_slow) {
    branches_.slow_disk(branch, true);
    world_.later(between(random_, {}, 2 * setup_.disk.slow_lasts), TroubleEnds{kind, branch});
    return true;
  }
  if (!may_lose_a_disk(branch)) {
    return false;
  }
  const bool alone = kind == Trouble::rolled_back_alone;
  const bool old_copy = kind == Trouble::disk_rolled_back || alone;
  if (old_copy && !alone && !network_.whole()) {
    return false;
  }
  branches_.crash(branch, /*silently=*/false);
  disks_safe_until_ = world_.now + kBetweenLosses;
  if (old_copy) {
    put_back_old_disk(branch, alone);
  } else {
    branches_.lose_disk(branch);
  }
  operators_.watch(
      branch, old_copy ? kShortest : between(random_, kShortest, setup_.crash.away + seconds(1)));
  return true;
}

void Adversary::put_back_old_disk(BranchId branch, bool alone) {
  branches_.roll_back_disk(branch);
  if (alone) {
    may_differ_.insert(branch);
    cut_off(branch, setup_.options.listen_first + between(old_disks_, kShortest, seconds(5)));
    return;
  }
  network_.set_calm(true);
  quiet_until_ = world_.now + kOldCopyStarts;
  world_.later(kOldCopyStarts, TroubleEnds{Trouble::disk_rolled_back, branch});
}

/// Cuts one branch off from all others.
void Adversary::cut_off(BranchId branch, Duration lasts) {
  world_.struck("old disk cut off");
  cut_off_together({branch});
  world_.later(lasts, TroubleEnds{Trouble::partition, {}, last_number_});
}

/// Begins a second process, as a copied unit or a slow container may: with no, equal or old data.
bool Adversary::begin_twin(BranchId branch) {
  if (branches_.alive(twin_of(branch)) || !branches_.has_disk(branch)) {
    return false;
  }
  constexpr std::array kData = {Branches::TwinData::none, Branches::TwinData::copy,
                                Branches::TwinData::old_copy};
  branches_.begin_twin(branch, kData.at(twins_.below(kData.size())));
  world_.later(between(twins_, kShortest, 2 * setup_.twin.lives),
               TroubleEnds{Trouble::twin, branch});
  return true;
}

bool Adversary::may_lose_a_disk(BranchId branch) {
  return world_.now >= disks_safe_until_ && !operators_.busy() && branches_.ids().size() > 1 &&
         all_others_run(branch) && branches_.condition(branch) == Branches::Condition::running &&
         std::ranges::all_of(branches_.ids(), [&](BranchId each) {
           // A branch that was emptied and has not heard the others yet may need this data.
           const Replica& replica = branches_.replica(each);
           return replica.state().recovered() && (!setup_.disk.in_memory || replica.takes_writes());
         });
}

bool Adversary::all_others_run(BranchId branch) const {
  return std::ranges::all_of(branches_.ids(), [&](BranchId each) {
    return each == branch || branches_.condition(each) == Branches::Condition::running;
  });
}

void Adversary::kill(BranchId branch, bool silently) {
  if (branches_.alive(branch)) {
    branches_.crash(branch, silently);
    operators_.watch(branch, between(random_, kShortest, std::max(kShortest, setup_.crash.away)));
  }
}

void Adversary::happen(const TroubleEnds& ends) {
  switch (ends.kind) {
    case Trouble::partition:
      end_partition(ends);
      return;
    case Trouble::pause:
      branches_.resume(ends.branch);
      return;
    case Trouble::disk_full:
      branches_.fill_disk(ends.branch, false);
      return;
    case Trouble::disk_slow:
      branches_.slow_disk(ends.branch, false);
      return;
    case Trouble::disk_rolled_back:
      network_.set_calm(over_);
      return;
    case Trouble::crash:
    case Trouble::power_cut:
    case Trouble::disk_failure:
    case Trouble::disk_lost:
    case Trouble::clock_jump:
    case Trouble::rolled_back_alone:
    case Trouble::lie:
      return;
    case Trouble::twin:
      branches_.end_twin(ends.branch);
      return;
    case Trouble::stays_away:
      send_away(ends.branch);
      return;
  }
}

/// A branch's Hello takes long to arrive. Sometimes the branch dies before it does.
void Adversary::overtake(BranchId branch) {
  if (!over_ && !one_is_away_ && away_.chance(1, 4)) {
    world_.later(between(away_, {}, setup_.network.hello_late),
                 TroubleEnds{Trouble::stays_away, branch});
  }
}

/// Crashes a branch that does not come back, so that the others must manage with what it sent.
/// Spares one whose log may have two histories, since nobody would find out.
void Adversary::send_away(BranchId branch) {
  if (over_ || one_is_away_ || operators_.busy() || branches_.ids().size() < 3 || is_twin(branch) ||
      !branches_.alive(branch) || !all_others_run(branch) || may_differ_.contains(branch)) {
    return;
  }
  one_is_away_ = true;
  world_.struck("stays away");
  branches_.crash(branch, /*silently=*/true);
  operators_.leave(branch);
}

/// Ends a partition. If it flaps, it may come again.
void Adversary::end_partition(const TroubleEnds& ends) {
  const auto flaps = flapping_.find(ends.number);
  if (network_.is_cut(ends.number)) {
    heal(ends.number);
    branches_.streams().retry();
    if (flaps != flapping_.end() && random_.chance(3, 4)) {
      world_.later(between(random_, kShortest, milliseconds(500)), ends);
    }
  } else if (flaps != flapping_.end() && !over_ && world_.now >= quiet_until_) {
    cut(ends.number, flaps->second);
    world_.later(between(random_, kShortest, setup_.network.partition_lasts), ends);
  }
}

void Adversary::make_unavailable(const std::vector<BranchId>& away, bool dead) {
  if (!dead) {
    cut_off_together(away);
    return;
  }
  for (const BranchId branch : away) {
    branches_.crash(branch, /*silently=*/true);
  }
}

/// Cuts these branches off together, under the next number. They can talk only to each other.
void Adversary::cut_off_together(const std::vector<BranchId>& away) {
  std::vector<Network::Way> ways;
  for (const BranchId branch : away) {
    for (const BranchId other : branches_.ids()) {
      if (!std::ranges::binary_search(away, other)) {
        ways.emplace_back(branch, other);
        ways.emplace_back(other, branch);
      }
    }
  }
  cut(++last_number_, std::move(ways));
}

void Adversary::give_up() {
  over_ = true;
  liar_.give_up();
  network_.set_calm(true);
  branches_.calm_down();
  for (std::uint64_t number = 1; number <= last_number_; ++number) {
    heal(number);
  }
  branches_.streams().retry();
  for (const BranchId branch : branches_.ids()) {
    branches_.end_twin(branch);
    branches_.mend_disk(branch);
    branches_.resume(branch);
    if (!branches_.alive(branch)) {
      operators_.watch(branch, {});
    }
  }
}

}  // namespace passbook::sim
