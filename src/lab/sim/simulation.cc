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

/// Beyond what the judges allow for agreement.
constexpr Duration kMargin = seconds(1);
/// In which nothing need be done, where all agree.
constexpr Duration kQuiet = seconds(1);
/// The same where a branch lies: honest ones can be made to send again what it has.
constexpr std::uint64_t kSentToLiars = 10;
/// The same where branches become slow all at once, faster than patience follows.
constexpr std::uint64_t kSentToTheSlow = 3;
/// Who does not agree by then has much to catch up with.
constexpr Duration kSoon = seconds(5);
/// How long customers are watched where nothing is disturbed, after all has settled.
constexpr Duration kApart = seconds(6);
/// What does not come the usual way through a mesh, since someone on it is away, comes so much
/// later.
constexpr Duration kAnotherWay = seconds(3);
constexpr ClientId kLastCustomer{CustomerId{1'000'001'000}, 1};

class Simulation {
 public:
  explicit Simulation(const Setup& setup)
      : setup_(setup),
        cluster_(setup, [this](const ClientActs& acts) { workload_.happen(acts); }),
        workload_(setup, cluster_.world(), cluster_.clients()) {}

  /// Returns what the judges are to allow.
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

  /// Customers go on where nothing is disturbed but that some branches are away; and on, when these
  /// are back.
  void rest_apart(const history::Bounds& bounds) {
    cluster_.mend([&] { return !workload_.busy(); });
    cluster_.run_until(world().now + kSoon, [&] { return agree(); });
    if (!agree()) {
      return;  // it takes long to catch up, and then much is unavailable for that reason
    }
    workload_.go_on_apart();
    cluster_.be_calm(setup_.apart.away, setup_.apart.dead);
    cluster_.run_for(bounds.settling + kApart);
    cluster_.be_calm({}, false);
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

  /// A customer goes from branch to branch, and everything works; what can't be paid is refused,
  /// since all can be asked.
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

  /// How long it may take to bring a branch that lost its disk all that there is. In the worst
  /// case, where a window is full of what waits for other logs, a stream carries one batch, or what
  /// is read from the journal at once, for each report that comes back, and that may take a turn of
  /// patience and the way there and back. The setup makes both far smaller than they are in
  /// production.
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

  /// Whether all have the same.
  bool agree() {
    return std::ranges::all_of(setup_.bank.branches, [this](BranchId branch) {
      return cluster_.branches().alive(branch) &&
             applied(branch) == applied(setup_.bank.branches.front());
    });
  }

  /// As far as the branch knows; by then it knows everything.
  Money more_than_there_is(BranchId branch) {
    if (!cluster_.branches().alive(branch)) {
      return Money{1};
    }
    const Ledger& ledger = cluster_.branches().replica(branch).state().ledger();
    const Account& account = *ledger.find(setup_.bank.accounts.front().id);
    return account.balance() + account.limit() + Money{2};  // a deposit of one comes before
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
