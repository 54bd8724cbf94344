// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/operators.h"

#include <algorithm>

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How long an answer is waited for, and how long until something is tried again.
constexpr Duration kPatience = seconds(5);
constexpr Duration kAgain = milliseconds(700);
/// A branch is watched for so long after it has started.
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

void Operators::look_after(BranchId branch, Duration wait) {
  if (watched_.emplace(Job{branch, 0}, std::nullopt).second) {
    world_.later(wait, OperatorActs{branch});
  }
}

/// A branch that stopped because its data is old or given up says that it must be recovered.
bool Operators::needs_recovery(BranchId branch) const {
  return !branches_.has_disk(branch) ||
         (branches_.condition(branch) == Branches::Condition::stopped &&
          branches_.why_stopped(branch).contains("recover"));
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
      watched_.erase(watched);
      return;
    case Branches::Condition::dead:
    case Branches::Condition::stopped:
      break;
  }
  if (needs_recovery(acts.branch)) {
    begin_recovery(job);
    return;
  }
  if (acts.who > 0) {  // the other one is at it
    watched_.erase(watched);
    return;
  }
  branches_.start(acts.branch);
  world_.later(kWatch, acts);
}

void Operators::begin_recovery(Job job) {
  if (pairs_ && job.second == 0) {
    call_another(job.first);
  }
  auto& recovering = watched_.at(job);
  recovering.emplace();
  recovering->request = {
      .bank = bank_, .branch = job.first, .next = {}, .ends = {}, .recovery = ++last_recovery_};
  ask_all(job, *recovering);
}

/// Who knows nothing of the first and does the same, a little later.
void Operators::call_another(BranchId branch) {
  if (watched_.emplace(Job{branch, 1}, std::nullopt).second) {
    world_.later(between(second_, {}, kAgain / 10), OperatorActs{branch, 1});
  }
}

void Operators::ask_all(Job job, Recovering& recovering) {
  const std::uint64_t attempt = ++attempts_[job];
  recovering.have = {};
  recovering.applied = {};
  for (const BranchId peer : branches_.ids()) {
    if (peer == job.first) {
      continue;
    }
    ++recovering.waiting;
    const CallId call{++last_call_};
    questions_.emplace(call, Question{job, peer, attempt, recovering.request});
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
  if (watched == watched_.end() || !watched->second ||
      attempts_[question.about] != question.attempt) {
    return;
  }
  Recovering& recovering = *watched->second;
  const auto* reply = hears.reply ? std::get_if<SealReply>(&*hears.reply) : nullptr;
  if (reply == nullptr || !reply->refused.empty()) {
    recovering.failed = true;
  } else {
    recovering.highest = std::max(recovering.highest, reply->highest);
    recovering.have.merge(reply->have);
    recovering.applied.merge(reply->applied);
  }
  if (--recovering.waiting == 0) {
    next_stage(question.about, recovering);
  }
}

void Operators::next_stage(Job job, Recovering& recovering) {
  if (recovering.failed) {
    watched_.at(job).reset();
    world_.later(between(random_, kAgain / 10, kAgain), OperatorActs{job.first, job.second});
    return;
  }
  SealRequest& request = recovering.request;
  switch (recovering.stage) {
    case Stage::find_highest:
      request.next = Incarnation{std::max(recovering.highest, Incarnation{1}).value + 1};
      recovering.stage = Stage::let_promise;
      ask_all(job, recovering);
      return;
    case Stage::let_promise:
      request.ends = recovering.have.positions();
      recovering.stage = Stage::agree;
      ask_all(job, recovering);
      return;
    case Stage::agree:
      break;
  }
  Recovery recovery{.goal = recovering.applied, .release_rights = random_.chance(1, 2)};
  for (const EntryId& end : *request.ends) {
    recovery.goal.raise(end);
  }
  set_up(job.first, *request.next, {Seal{job.first, *request.next, *request.ends, true}, recovery});
  world_.struck("recovered");
  watched_.at(job).reset();
  world_.later(between(random_, {}, kAgain), OperatorActs{job.first, job.second});
}

/// Each operator has a machine of their own to put the new incarnation on. Where the other one has
/// made the same already, there are two of it.
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
  branches_.begin_anew(branch, incarnation, std::move(records));
}

}  // namespace passbook::sim
