// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/play.h"

#include <iterator>
#include <map>

#include "lab/judges/judges.h"
#include "lab/sim/cluster.h"

namespace passbook::sim {
namespace {

using std::chrono::seconds;

/// Trouble in a scenario strikes as often as in a simulation of this length.
constexpr Duration kBusyTime = seconds(10);

Setup setup_for(const Scenario& scenario, const PlayOptions& options) {
  Chosen chosen;
  chosen.faults = options.faults;
  chosen.duration = kBusyTime;
  Setup out = setup_of(options.seed, chosen);
  out.bank = bank_of(scenario);
  out.customers = 0;
  out.options = {};  // as in production
  out.options.observe = true;
  out.options.observe_messages = options.trace;
  out.options.propagation_delay = options.propagation_delay;
  return out;
}

/// Drives the customers as the schedule says, one assignment after another.
class Play {
 public:
  using OnPerformed = std::function<void(std::size_t, std::size_t, const Performed&)>;

  Play(const Scenario& scenario, const PlayOptions& options, const Setup& setup,
       const OnPerformed& on_performed)
      : scenario_(scenario),
        options_(options),
        on_performed_(on_performed),
        schedule_(options.schedule, scenario),
        cluster_(setup, [](const ClientActs&) {}) {
    for (const Listing& listing : scenario.listings) {
      performed_.emplace_back(listing.events.size());
      if (!customers_.contains(listing.customer)) {
        CustomerOptions customer;
        customer.client = {listing.customer, 1};
        customer.guarantees = options.guarantees;
        customer.ack = options.ack;
        customer.timeout = options.timeout;
        customers_[listing.customer].client = cluster_.clients().add(
            customer, [this, id = listing.customer](std::size_t, const Performed& performed) {
              ended(id, performed);
            });
      }
    }
  }

  void run() {
    cluster_.run_for(seconds(1));  // the branches find each other
    began_ = world().now;
    cluster_.begin_trouble();
    begin(schedule_.start());
    cluster_.run_until(kNever, [&] { return schedule_.done(); });
    took_ = world().now - began_;
    cluster_.end_trouble([] { return true; });
    cluster_.run_for(history::Bounds{}.convergence + seconds(1));
    cluster_.audit();
    world().tell(history::Ended{});
  }

  World& world() { return cluster_.world(); }

  Played take() {
    Played out;
    out.performed = std::move(performed_);
    out.events = took_;
    for (const ScenarioBranch& branch : scenario_.branches) {
      Final last{.branch = branch.id, .balance = {}};
      if (cluster_.branches().alive(branch.id)) {
        last.balance =
            cluster_.branches().replica(branch.id).state().ledger().find(kSharedAccount)->balance();
      }
      out.finals.push_back(last);
    }
    return out;
  }

 private:
  struct Busy {
    std::size_t client = 0;
    Assignment assignment;
    std::size_t next = 0;  ///< the event that comes next
  };

  /// Begins assignments, and those that follow when some of them end at once.
  void begin(std::vector<Assignment> assignments) {
    while (!assignments.empty()) {
      const Assignment assignment = assignments.front();
      assignments.erase(assignments.begin());
      Busy& busy = customers_.at(scenario_.listings[assignment.listing].customer);
      busy.assignment = assignment;
      busy.next = assignment.first;
      if (assignment.base != HeldPassbook{}) {
        const Listing& listing = scenario_.listings[assignment.listing];
        world().tell(history::MadeUp{{listing.customer, 1}});  // its base is another customer's
      }
      customer(busy).begin_with(assignment.base);
      if (busy.next < assignment.end) {
        perform(busy);
        continue;
      }
      std::ranges::move(schedule_.finished(assignment.listing, customer(busy).passbook()),
                        std::back_inserter(assignments));
    }
  }

  Customer& customer(const Busy& busy) { return cluster_.clients().customer(busy.client); }

  void perform(Busy& busy) {
    const Assignment& now = busy.assignment;
    const Duration extra = now.closing ? 2 * options_.propagation_delay : Duration{};
    const bool begun = busy.next > now.first;
    if (begun && !now.closing) {
      customer(busy).begin_with({});
    }
    cluster_.clients().perform(busy.client, scenario_.listings[now.listing].events[busy.next],
                               extra);
  }

  void ended(CustomerId id, const Performed& performed) {
    Busy& busy = customers_.at(id);
    const std::size_t listing = busy.assignment.listing;
    performed_[listing][busy.next] = performed;
    on_performed_(listing, busy.next, performed);
    schedule_.answered(customer(busy).passbook());
    if (++busy.next < busy.assignment.end) {
      perform(busy);
    } else {
      begin(schedule_.finished(listing, customer(busy).passbook()));
    }
  }

  const Scenario& scenario_;
  const PlayOptions& options_;
  const OnPerformed& on_performed_;
  Schedule schedule_;
  Cluster cluster_;
  std::map<CustomerId, Busy> customers_;
  ScenarioPerformed performed_;
  Instant began_{};
  Duration took_{};
};

}  // namespace

Played play(const Scenario& scenario, const PlayOptions& options,
            const std::function<void(std::size_t, std::size_t, const Performed&)>& on_performed) {
  const Setup setup = setup_for(scenario, options);
  Play playing(scenario, options, setup, on_performed);
  Result result = verdict(options.seed, playing.world(), [&] {
    playing.run();
    return history::Bounds{};
  });
  Played out = playing.take();
  out.result = std::move(result);
  return out;
}

}  // namespace passbook::sim
