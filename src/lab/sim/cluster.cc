// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/cluster.h"

#include <algorithm>

#include "lab/trace/record.h"

namespace passbook::sim {
namespace {

/// How long calls and recoveries that are under way when the trouble ends may go on.
constexpr Duration kWindUp = std::chrono::seconds(60);
/// After this long, all branches that can reach each other are connected.
constexpr Duration kAllHaveMet = std::chrono::seconds(3);
/// How soon the operators watch a branch that ended itself.
constexpr Duration kNoticed = std::chrono::milliseconds(100);

}  // namespace

Cluster::Cluster(const Setup& setup, std::function<void(const ClientActs&)> acts)
    : acts_(std::move(acts)),
      network_(setup),
      branches_(setup, world_, network_,
                {.answered = [this](CallId call, const Answer& a) { clients_.answered(call, a); },
                 .operator_answered =
                     [this](CallId call, const OperatorReply& r) { operators_.answered(call, r); },
                 .died = [this](BranchId branch) { died(branch); }}),
      clients_(setup, world_, network_, branches_),
      operators_(setup, world_, network_, branches_),
      adversary_(setup, world_, network_, branches_, operators_) {
  world_.history.bank = as_history(setup.bank);
}

void Cluster::next() {
  world_.now = world_.agenda.next();
  Due due = world_.agenda.take();
  std::visit([this](auto& what) { happen(what); }, due);
}

void Cluster::end_trouble(const std::function<bool()>& quiet) {
  mend(quiet);
  world_.tell(history::FaultsOver{});
}

void Cluster::start_calm(const std::vector<BranchId>& away, bool dead) {
  if (away.empty()) {
    world_.tell(history::Calm{});
    mend([] { return true; });
  }
  adversary_.make_unavailable(away, dead);
  history::Calm calm;
  std::vector<BranchId>& others = calm.parts.emplace_back();
  std::ranges::copy_if(branches_.ids(), std::back_inserter(others), [&](BranchId branch) {
    return branches_.alive(branch) && !std::ranges::binary_search(away, branch);
  });
  if (!away.empty() && !dead) {
    calm.parts.push_back(away);
  }
  world_.struck(away.empty() ? "together again" : dead ? "some are dead" : "some are cut off");
  world_.tell(std::move(calm));
}

void Cluster::mend(const std::function<bool()>& quiet) {
  adversary_.give_up();
  const auto calm = [&] { return !operators_.busy() && quiet() && all_run(); };
  run_until(world_.now + kWindUp, calm);
  // A branch that lost its disk is slow to return if all is far and slow; operators wait for it.
  for (std::size_t i = 0; i < branches_.ids().size() && operators_.busy(); ++i) {
    operators_.resume_watching();
    run_until(world_.now + kWindUp, calm);
  }
  run_for(kAllHaveMet);
  // A recovered branch may have been the only one to hide that two others differ.
  for (std::size_t i = 0; i < 2 * branches_.ids().size() && operators_.act_on_fork(); ++i) {
    run_until(world_.now + kWindUp, calm);
    run_for(kAllHaveMet);
  }
}

void Cluster::died(BranchId branch) {
  clients_.cut_off(branch);
  if (!is_twin(branch) && branches_.condition(branch) == Branches::Condition::stopped) {
    operators_.watch(branch, kNoticed);
  }
}

bool Cluster::all_run() const {
  return std::ranges::all_of(branches_.ids(), [&](BranchId branch) {
    return branches_.condition(branch) == Branches::Condition::running ||
           operators_.has_left(branch);
  });
}

void Cluster::audit() {
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

}  // namespace passbook::sim
