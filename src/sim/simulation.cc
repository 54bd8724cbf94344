// SPDX-License-Identifier: Apache-2.0
#include "sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "check/judges.h"
#include "sim/adversary.h"
#include "sim/fingerprint.h"
#include "sim/workload.h"
#include "trace/record.h"

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How long what is under way when the trouble ends may take to end.
constexpr Duration kWindUp = seconds(60);
/// Beyond what the judges allow for agreement.
constexpr Duration kMargin = seconds(1);

struct BrokenAssertion : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void throw_assertion(const char* file, int line, const char* condition, std::string_view message) {
  throw BrokenAssertion(fmt::format("{}:{}: {}: {}", file, line, condition, message));
}

class Simulation {
 public:
  explicit Simulation(const Setup& setup)
      : setup_(setup),
        network_(setup),
        branches_(setup, world_, network_,
                  {.answered = [this](CallId call,
                                      const Answer& answer) { clients_.answered(call, answer); },
                   .operator_answered =
                       [this](CallId call, const OperatorReply& reply) {
                         operators_.answered(call, reply);
                       },
                   .died = [this](BranchId branch) { died(branch); }}),
        clients_(setup, world_, network_, branches_),
        operators_(setup, world_, network_, branches_),
        adversary_(setup, world_, network_, branches_, operators_),
        workload_(setup, world_, clients_) {
    world_.history.bank = as_history(setup.bank);
  }

  void run() {
    const Instant end = world_.now + setup_.duration;
    adversary_.begin();
    workload_.begin();
    run_until(end);
    workload_.end();
    adversary_.give_up();
    run_until(world_.now + kWindUp,
              [&] { return !operators_.busy() && !workload_.busy() && all_run(); });
    world_.tell(history::FaultsOver{});
    run_until(world_.now + history::Bounds{}.convergence + kMargin);
    serve_once_more();
    audit();
    world_.tell(history::Ended{});
  }

  World& world() { return world_; }

 private:
  void run_until(Instant end) {
    run_until(end, [] { return false; });
  }

  template <class Done>
  void run_until(Instant end, Done done) {
    while (!done() && !world_.agenda.empty() && world_.agenda.next() <= end) {
      world_.now = world_.agenda.next();
      Due due = world_.agenda.take();
      std::visit([this](auto& what) { happen(what); }, due);
    }
    if (!done()) {
      world_.now = end;
    }
  }

  void happen(ReachBranch& what) { branches_.happen(what); }
  void happen(const StepDue& what) { branches_.happen(what); }
  void happen(const SyncEnds& what) { branches_.happen(what); }
  void happen(ReachEnd& what) { branches_.streams().happen(what); }
  void happen(const EndBreaks& what) { branches_.streams().happen(what); }
  void happen(const DialEnds& what) { branches_.happen(what); }
  void happen(const CallArrives& what) { clients_.happen(what); }
  void happen(const CallEnds& what) { clients_.happen(what); }
  void happen(const ClientActs& what) { workload_.happen(what); }
  void happen(const TroubleStrikes& what) { adversary_.happen(what); }
  void happen(const TroubleEnds& what) { adversary_.happen(what); }
  void happen(const OperatorActs& what) { operators_.happen(what); }
  void happen(OperatorHears& what) { operators_.happen(what); }
  void happen(const QuestionArrives& what) { operators_.happen(what); }

  void died(BranchId branch) {
    clients_.cut_off(branch);
    if (branches_.condition(branch) == Branches::Condition::stopped) {
      operators_.look_after(branch, milliseconds(100));
    }
  }

  bool all_run() const {
    return std::ranges::all_of(branches_.ids(), [&](BranchId branch) {
      return branches_.condition(branch) == Branches::Condition::running;
    });
  }

  /// A customer goes from branch to branch, and everything works.
  void serve_once_more() {
    const CustomerOptions options{.client = {CustomerId{1'000'001'000}, 1}, .timeout = seconds(5)};
    bool idle = true;
    const std::size_t client =
        clients_.add(options, [&](std::size_t, const Performed&) { idle = true; });
    for (const BranchId branch : branches_.ids()) {
      for (const Interface interface :
           {Interface::deposit, Interface::withdraw, Interface::query}) {
        const Money amount{interface == Interface::query ? 0 : 1};
        idle = false;
        clients_.perform(client, {.id = {},
                                  .interface = interface,
                                  .branch = branch,
                                  .money = amount,
                                  .account = setup_.bank.accounts.front().id});
        run_until(world_.now + seconds(10), [&] { return idle; });
      }
    }
    run_until(world_.now + seconds(1));
  }

  void audit() {
    for (const BranchId branch : branches_.ids()) {
      if (!branches_.alive(branch)) {
        continue;
      }
      for (const auto& [id, account] : branches_.replica(branch).state().ledger().accounts()) {
        history::Audited audited{
            .branch = branch, .account = id, .balance = account.balance(), .rights = {}};
        for (const OriginTotals& totals : account.totals()) {
          audited.rights.push_back({totals.origin, totals.rights});
        }
        world_.tell(std::move(audited));
      }
    }
  }

  const Setup& setup_;
  World world_;
  Network network_;
  Branches branches_;
  Clients clients_;
  Operators operators_;
  Adversary adversary_;
  Workload workload_;
};

}  // namespace

void catch_assertions() { on_check_failed(throw_assertion); }

Result simulate(const Setup& setup) {
  Simulation simulation(setup);
  World& world = simulation.world();
  Result out;
  out.seed = setup.seed;
  try {
    simulation.run();
  } catch (const BrokenAssertion& broken) {
    const std::size_t last = world.history.events.empty() ? 0 : world.history.events.size() - 1;
    out.violations.push_back({.invariant = "assertion", .what = broken.what(), .events = {last}});
  }
  if (out.violations.empty()) {
    out.violations = history::judge(world.history);
  }
  out.hash = fingerprint(world.history);
  out.events = world.events;
  out.simulated = world.now - Instant{};
  out.coverage = std::move(world.coverage);
  out.history = std::move(world.history);
  for (const history::Event& event : out.history.events) {
    out.calls += std::holds_alternative<history::Invoked>(event.what) ? 1 : 0;
  }
  return out;
}

}  // namespace passbook::sim
