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
      random_(stream_of(setup.seed, "operators")) {}

void Operators::look_after(BranchId branch, Duration wait) {
  if (watched_.emplace(branch, std::nullopt).second) {
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
  const auto watched = watched_.find(acts.branch);
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
    begin_recovery(acts.branch);
    return;
  }
  branches_.start(acts.branch);
  world_.later(kWatch, acts);
}

void Operators::begin_recovery(BranchId branch) {
  auto& recovering = watched_.at(branch);
  recovering.emplace();
  recovering->request = {.bank = bank_, .branch = branch, .next = {}, .ends = {}};
  ask_all(branch, *recovering);
}

void Operators::ask_all(BranchId branch, Recovering& recovering) {
  const std::uint64_t attempt = ++attempts_[branch];
  recovering.have = {};
  recovering.applied = {};
  for (const BranchId peer : branches_.ids()) {
    if (peer == branch) {
      continue;
    }
    ++recovering.waiting;
    const CallId call{++last_call_};
    questions_.emplace(call, Question{branch, peer, attempt, recovering.request});
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

void Operators::next_stage(BranchId branch, Recovering& recovering) {
  if (recovering.failed) {
    watched_.at(branch).reset();
    world_.later(between(random_, kAgain / 10, kAgain), OperatorActs{branch});
    return;
  }
  SealRequest& request = recovering.request;
  switch (recovering.stage) {
    case Stage::find_highest:
      request.next = Incarnation{std::max(recovering.highest, Incarnation{1}).value + 1};
      recovering.stage = Stage::let_promise;
      ask_all(branch, recovering);
      return;
    case Stage::let_promise:
      request.ends = recovering.have.positions();
      recovering.stage = Stage::agree;
      ask_all(branch, recovering);
      return;
    case Stage::agree:
      break;
  }
  Recovery recovery{.goal = recovering.applied, .release_rights = random_.chance(1, 2)};
  for (const EntryId& end : *request.ends) {
    recovery.goal.raise(end);
  }
  branches_.begin_anew(branch, *request.next,
                       {Seal{branch, *request.next, *request.ends, true}, recovery});
  world_.struck("recovered");
  watched_.at(branch).reset();
  world_.later(between(random_, {}, kAgain), OperatorActs{branch});
}

}  // namespace passbook::sim
