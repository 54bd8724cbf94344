// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/simulation.h"

#include <algorithm>

#include "lab/judges/judges.h"
#include "lab/sim/cluster.h"
#include "lab/sim/verdict.h"
#include "lab/sim/workload.h"

namespace passbook::sim {
namespace {

using std::chrono::seconds;

/// Time beyond the judges' bound for agreement.
constexpr Duration kMargin = seconds(1);
/// A time in which nothing need be done, once all agree.
constexpr Duration kQuiet = seconds(1);
/// Bounds::sent_per_needed if a branch lies, since it can make honest ones send entries again.
constexpr std::uint64_t kSentToLiars = 10;
/// Bounds::sent_per_needed if branches become slow all at once, faster than patience follows.
constexpr std::uint64_t kSentToTheSlow = 3;
/// Branches that do not agree after this long have much to catch up with.
constexpr Duration kSoon = seconds(5);
/// How long customers are watched in a calm bank after it has settled.
constexpr Duration kApart = seconds(6);
/// The extra delay of entries in a mesh if a branch on their usual way is away, so that they take
/// another one.
constexpr Duration kAnotherWay = seconds(3);
constexpr ClientId kLastCustomer{CustomerId{1'000'001'000}, 1};

class Simulation {
 public:
  explicit Simulation(const Setup& setup)
      : setup_(setup),
        cluster_(setup, [this](const ClientActs& acts) { workload_.happen(acts); }),
        workload_(setup, cluster_.world(), cluster_.clients()) {}

  /// Returns the bounds for the judges.
  history::Bounds run() {
    cluster_.begin_trouble();
    workload_.begin();
    cluster_.run_for(setup_.duration);
    workload_.end();
    history::Bounds bounds;
    bounds.time_enough += 10 * setup_.network.site_farthest;
    if (setup_.bank.branches.size() > setup_.options.full_mesh) {
      bounds.time_enough += kAnotherWay;
    }
    if (!setup_.apart.away.empty()) {
      rest_apart(bounds);
    }
    cluster_.end_trouble([&] { return !workload_.busy(); });
    cluster_.run_for(bounds.convergence + kMargin - kQuiet);
    watch_quiet_time();
    const Duration more = catching_up();
    bounds.convergence += more;
    for (const Instant until = world().now + more; world().now < until && !agree();) {
      cluster_.run_for(setup_.options.patience);
    }
    serve_once_more();
    tell_work();
    cluster_.audit();
    cluster_.world().tell(history::Ended{});
    if (setup_.processor.counts_work) {
      bounds.sent_per_needed = kSentToTheSlow;
    }
    if (setup_.hostile.lies > Every{}) {
      bounds.sent_per_needed = kSentToLiars;
    }
    // An answer that is due may wait for the step under way, and then for its own.
    bounds.lateness += 2 * cluster_.branches().longest_step();
    return bounds;
  }

  World& world() { return cluster_.world(); }

 private:
  void tell_work() {
    history::Worked worked = world().coverage.worked;
    worked.open = cluster_.branches().streams().count();
    worked.unfinished = cluster_.branches().unfinished();
    world().tell(worked);
  }

  /// Customers go on while some branches are away and nothing else is disturbed, and again when
  /// these are back.
  void rest_apart(const history::Bounds& bounds) {
    cluster_.mend([&] { return !workload_.busy(); });
    cluster_.run_until(world().now + kSoon, [&] { return agree(); });
    if (!agree()) {
      return;  // catching up takes long, and makes much unavailable
    }
    workload_.go_on_apart();
    cluster_.start_calm(setup_.apart.away, setup_.apart.dead);
    cluster_.run_for(bounds.settling + kApart);
    cluster_.start_calm({}, false);
    cluster_.run_for(bounds.settling + kApart);
    workload_.end();
  }

  void watch_quiet_time() {
    const bool quiet = agree();
    if (quiet) {
      tell_work();
    }
    cluster_.run_for(kQuiet);
    if (quiet) {
      tell_work();
    }
  }

  /// A customer goes from branch to branch, and everything must work. Withdrawals that can't be
  /// paid are refused, since all branches can be asked.
  void serve_once_more() {
    bool idle = true;
    CustomerOptions options;
    options.client = kLastCustomer;
    options.timeout = seconds(5) + 10 * setup_.network.site_farthest;
    const std::size_t client =
        cluster_.clients().add(options, [&](std::size_t, const Performed&) { idle = true; });
    for (const BranchId branch : setup_.bank.branches) {
      for (const auto& [interface, money] : {std::pair(Interface::deposit, Money{1}),
                                             {Interface::withdraw, Money{1}},
                                             {Interface::withdraw, more_than_there_is(branch)},
                                             {Interface::query, Money{}}}) {
        idle = false;
        cluster_.clients().perform(client, {.id = {},
                                            .interface = interface,
                                            .branch = branch,
                                            .money = money,
                                            .account = setup_.bank.accounts.front().id});
        cluster_.run_until(world().now + 2 * options.timeout, [&] { return idle; });
      }
    }
    cluster_.run_for(kMargin);
  }

  /// How long a branch that lost its disk may take to receive all entries. In the worst case a
  /// window is full of blocks that wait for other logs. Then a stream carries only one batch, or as
  /// much as is read from the journal at once, for each report that comes back. Each report may
  /// take a turn of patience and a round trip. The setup makes batches and reads far smaller than
  /// in production.
  Duration catching_up() {
    std::uint64_t entries = 0;
    for (const BranchId branch : setup_.bank.branches) {
      std::uint64_t here = 0;
      if (cluster_.branches().alive(branch)) {
        for (const EntryId& position : applied(branch).positions()) {
          here += position.sequence.value;
        }
      }
      entries = std::max(entries, here);
    }
    constexpr std::size_t kBlockOfOne = block_size({.entries = 1, .requests = 1});
    const std::size_t at_once =
        std::min(setup_.options.beyond_window, setup_.options.fetch_bytes / kBlockOfOne);
    return (setup_.options.patience + 2 * setup_.network.site_farthest) *
           static_cast<std::int64_t>(entries / at_once);
  }

  const VersionVector& applied(BranchId branch) {
    return cluster_.branches().replica(branch).state().applied();
  }

  /// Whether all branches live and have the same entries.
  bool agree() {
    return std::ranges::all_of(setup_.bank.branches, [this](BranchId branch) {
      return cluster_.branches().alive(branch) &&
             applied(branch) == applied(setup_.bank.branches.front());
    });
  }

  /// More money than the branch knows of. By then it knows everything.
  Money more_than_there_is(BranchId branch) {
    if (!cluster_.branches().alive(branch)) {
      return Money{1};
    }
    const Ledger& ledger = cluster_.branches().replica(branch).state().ledger();
    const Account& account = *ledger.find(setup_.bank.accounts.front().id);
    return account.balance() + account.limit() + Money{2};  // a deposit of one comes first
  }

  const Setup& setup_;
  Cluster cluster_;
  Workload workload_;
};

}  // namespace

Result simulate(const Setup& setup) {
  Simulation simulation(setup);
  return verdict(setup.seed, simulation.world(), [&] { return simulation.run(); });
}

}  // namespace passbook::sim
