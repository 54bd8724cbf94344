// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/operators.h"

#include <algorithm>

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How long operators wait for an answer, and how long until they try again.
constexpr Duration kPatience = seconds(5);
constexpr Duration kAgain = milliseconds(700);
/// How long a branch is watched after it has started.
constexpr Duration kWatch = milliseconds(200);

}  // namespace

Operators::Operators(const Setup& setup, World& world, Network& network, Branches& branches)
    : world_(world),
      network_(network),
      branches_(branches),
      bank_(identity(setup.bank)),
      random_(stream_of(setup.seed, "operators")),
      second_(stream_of(setup.seed, "second operator")),
      pairs_(setup.recoveries_at_once) {}

void Operators::watch(BranchId branch, Duration wait) {
  if (watched_.emplace(Job{branch, 0}, Watched{}).second) {
    world_.later(wait, OperatorActs{branch});
  }
}

bool Operators::has_left(BranchId branch) const {
  const auto watched = watched_.find({branch, 0});
  return watched != watched_.end() && watched->second.left;
}

void Operators::resume_watching() {
  for (auto& [job, watched] : watched_) {
    if (std::exchange(watched.left, false)) {
      world_.later({}, OperatorActs{job.first, job.second});
    }
  }
}

bool Operators::busy() const {
  return std::ranges::any_of(watched_, [](const auto& watched) { return !watched.second.left; });
}

/// A branch that stopped because its data is old or given up says that it must be recovered.
bool Operators::needs_recovery(BranchId branch) const {
  return !branches_.has_disk(branch) || condemned_.contains(branch) ||
         (branches_.condition(branch) == Branches::Condition::stopped &&
          branches_.why_stopped(branch).contains("recover"));
}

bool Operators::others_are_whole(BranchId branch) const {
  return std::ranges::all_of(branches_.ids(), [&](BranchId other) {
    return other == branch ||
           (branches_.alive(other) && branches_.replica(other).state().recovered());
  });
}

/// Whether the recovery of a branch that runs again is put off until all other branches are well.
bool Operators::waits(BranchId branch, const Watched& watched) const {
  return watched.promised && branches_.alive(branch) && !others_are_whole(branch);
}

/// The branch to recover for a fork. Until the end of the log is decided, that is the log's own
/// branch; afterwards, it is the one with another end.
BranchId Operators::branch_to_recover(BranchId reader, const Fork& fork) const {
  const Origin origin = fork.here.end.origin;
  if (branches_.origin(origin.branch) == origin) {
    return origin.branch;
  }
  const auto has_the_end = [&](BranchId branch) {
    const State& state = branches_.replica(branch).state();
    const Seal* seal = state.seals().find(origin.branch);
    return seal != nullptr && std::ranges::any_of(seal->ends.kept, [&](const TaggedPosition& kept) {
             return kept.end.origin == origin && state.logs().compare(kept) == Logs::Match::same;
           });
  };
  return fork.by != origin.branch && has_the_end(reader) ? fork.by : reader;
}

bool Operators::act_on_fork() {
  if (std::ranges::all_of(branches_.ids(), [&](BranchId branch) {
        return !branches_.alive(branch) || branches_.replica(branch).state().forks().all().empty();
      })) {
    return false;
  }
  const bool at_work = std::ranges::any_of(
      watched_, [&](const auto& watched) { return !waits(watched.first.first, watched.second); });
  if (at_work) {
    resume_watching();
    for (const auto& [job, watched] : watched_) {
      world_.later({}, OperatorActs{job.first, job.second});
    }
    return true;
  }
  for (const BranchId reader : branches_.ids()) {
    if (!branches_.alive(reader)) {
      continue;
    }
    for (const auto& [origin, fork] : branches_.replica(reader).state().forks().all()) {
      const BranchId branch = branch_to_recover(reader, fork);
      world_.struck("recovered for a fork");
      branches_.crash(branch, /*silently=*/false);
      condemned_.insert(branch);
      watch(branch, {});
      return true;
    }
  }
  return false;
}

void Operators::happen(const OperatorActs& acts) {
  const Job job{acts.branch, acts.who};
  const auto watched = watched_.find(job);
  if (watched == watched_.end()) {
    return;
  }
  switch (branches_.condition(acts.branch)) {
    case Branches::Condition::running:
    case Branches::Condition::paused:
      if (!watched->second.promised) {
        watched_.erase(watched);
        return;
      }
      // Another operator has brought it back meanwhile. The recovery that was begun is completed
      // once all other branches are well.
      if (waits(acts.branch, watched->second)) {
        world_.later(kAgain, acts);
        return;
      }
      branches_.crash(acts.branch, /*silently=*/false);
      break;
    case Branches::Condition::dead:
    case Branches::Condition::stopped:
      break;
  }
  if (watched->second.promised || needs_recovery(acts.branch)) {
    begin_recovery(job);
    return;
  }
  if (acts.who > 0 && watched_.contains({acts.branch, 0})) {  // the other operator does it
    watched_.erase(watched);
    return;
  }
  branches_.start(acts.branch);
  world_.later(kWatch, acts);
}

void Operators::begin_recovery(Job job) {
  // From here on, the others may give up entries that only this branch has.
  if (branches_.has_disk(job.first)) {
    branches_.lose_disk(job.first);
  }
  if (pairs_ && job.second == 0) {
    call_another(job.first);
  }
  RecoveryOrder order{.bank = bank_,
                      .branch = job.first,
                      .others = {},
                      .nonce = ++last_recovery_,
                      .keep = watched_.at(job).keep,
                      .release_rights = random_.chance(1, 2)};
  std::ranges::copy_if(branches_.ids(), std::back_inserter(order.others), [&](BranchId other) {
    return other != job.first && !hopeless_to_ask(job, other);
  });
  watched_.at(job).recovering.emplace(std::move(order));
  ask(job);
}

/// Two branches under recovery can wait for each other. Then one goes on without the other, which
/// has little or nothing to lose.
bool Operators::hopeless_to_ask(Job job, BranchId other) const {
  constexpr std::uint64_t kPatient = 12;
  const auto attempts = attempts_.find(job);
  if (attempts == attempts_.end() || attempts->second < kPatient) {
    return false;
  }
  return branches_.alive(other) ? !branches_.replica(other).state().recovered()
                                : needs_recovery(other);
}

/// Calls a second operator, who knows nothing of the first and does the same a little later.
void Operators::call_another(BranchId branch) {
  if (watched_.emplace(Job{branch, 1}, Watched{}).second) {
    world_.later(between(second_, {}, kAgain / 10), OperatorActs{branch, 1});
  }
}

void Operators::ask(Job job) {
  const std::uint64_t attempt = ++attempts_[job];
  for (const auto& [to, request] : watched_.at(job).recovering->questions()) {
    const CallId call{++last_call_};
    watched_.at(job).promised |= request.next.has_value();
    questions_.emplace(call, Question{job, to, attempt, request});
    world_.later(network_.delay(), QuestionArrives{call});
    world_.later(kPatience, OperatorHears{call, std::nullopt});
  }
}

void Operators::happen(const QuestionArrives& arrives) {
  const auto question = questions_.find(arrives.call);
  if (question != questions_.end()) {
    branches_.ask(question->second.asked, arrives.call, question->second.request);
  }
}

void Operators::answered(CallId call, const OperatorReply& reply) {
  if (!network_.loses()) {
    world_.later(network_.delay(), OperatorHears{call, reply});
  }
}

void Operators::happen(OperatorHears& hears) {
  const auto found = questions_.extract(hears.call);
  if (found.empty()) {
    return;
  }
  const Question& question = found.mapped();
  const auto watched = watched_.find(question.about);
  if (watched == watched_.end() || !watched->second.recovering ||
      attempts_[question.about] != question.attempt) {
    return;
  }
  RecoveryCoordinator& recovering = *watched->second.recovering;
  const auto* reply = hears.reply ? std::get_if<SealReply>(&*hears.reply) : nullptr;
  if (reply == nullptr) {
    try_again(question.about);
    return;
  }
  if (recovering.hear(question.asked, *reply)) {
    go_on(question.about);
  }
}

/// All questions of one kind are answered.
void Operators::go_on(Job job) {
  Watched& watched = watched_.at(job);
  if (!watched.recovering->questions().empty()) {
    ask(job);
    return;
  }
  if (watched.recovering->failure().empty()) {
    finish(job);
    return;
  }
  const auto& histories = watched.recovering->histories();
  watched.keep.reset();
  if (!histories.empty()) {
    world_.struck("history chosen");
    watched.keep = histories[random_.below(histories.size())].tag;
  }
  try_again(job);
}

void Operators::try_again(Job job) {
  watched_.at(job).recovering.reset();
  world_.later(between(random_, kAgain / 10, kAgain), OperatorActs{job.first, job.second});
}

void Operators::finish(Job job) {
  const Seal seal = watched_.at(job).recovering->seal();
  set_up(job.first, seal.next, {seal, watched_.at(job).recovering->recovery()});
  world_.struck("recovered");
  watched_.at(job).recovering.reset();
  watched_.at(job).promised = false;
  world_.later(between(random_, {}, kAgain), OperatorActs{job.first, job.second});
}

/// Each operator puts the new incarnation on a machine of their own. If the other operator has made
/// the same one already, there are two of it.
void Operators::set_up(BranchId branch, Incarnation incarnation, std::vector<Record> records) {
  const Incarnation now = branches_.origin(branch).incarnation;
  const bool made_already = pairs_ && branches_.has_disk(branch) && now >= incarnation;
  if (made_already && now == incarnation && !branches_.alive(twin_of(branch))) {
    world_.struck("recovered twice");
    branches_.begin_twin(branch, std::move(records));
  }
  if (made_already) {
    return;
  }
  branches_.crash(branch, /*silently=*/false);
  condemned_.erase(branch);
  branches_.begin_anew(branch, incarnation, std::move(records));
}

}  // namespace passbook::sim
