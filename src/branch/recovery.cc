// SPDX-License-Identifier: Apache-2.0
#include "branch/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace passbook {

RecoveryCoordinator::RecoveryCoordinator(RecoveryOrder order) : order_(std::move(order)) {
  seal_ = {
      .branch = order_.branch, .next = {}, .ends = {}, .final = true, .recovery = order_.nonce};
  recovery_.release_rights = order_.release_rights;
  ask_all(Stage::find, request());
}

SealRequest RecoveryCoordinator::request() const {
  return {.bank = order_.bank,
          .branch = order_.branch,
          .next = {},
          .compare = {},
          .ends = {},
          .recovery = order_.nonce};
}

/// A stage without questions ends at once.
void RecoveryCoordinator::ask(Stage stage, std::vector<Question> questions) {
  stage_ = stage;
  questions_ = std::move(questions);
  for (const Question& question : questions_) {
    unanswered_.insert(question.to);
  }
  if (questions_.empty() && stage != Stage::over) {
    next_stage();
  }
}

void RecoveryCoordinator::ask_all(Stage stage, const SealRequest& request) {
  std::vector<Question> questions;
  for (const BranchId branch : order_.others) {
    questions.push_back({branch, request});
  }
  ask(stage, std::move(questions));
}

void RecoveryCoordinator::fail(std::string why) {
  failure_ = std::move(why);
  unanswered_.clear();
  ask(Stage::over, {});
}

void RecoveryCoordinator::fail_for_good(std::string why) {
  hopeless_ = true;
  fail(std::move(why));
}

bool RecoveryCoordinator::hear(BranchId from, const SealReply& reply) {
  if (stage_ == Stage::over || unanswered_.erase(from) == 0) {
    return false;
  }
  if (!reply.refused.empty()) {
    fail(fmt::format("branch {}: {}", from.value, reply.refused));
    return true;
  }
  take(from, reply);
  if (stage_ == Stage::over) {
    return true;
  }
  if (!unanswered_.empty()) {
    return false;
  }
  next_stage();
  return true;
}

void RecoveryCoordinator::note_settled(const Seal& known) {
  settled_.put({.branch = known.branch,
                .next = settled_below(known),
                .ends = settled_ends(known),
                .final = true});
}

/// Whether an earlier recovery agreed on an end before this position, or on another history.
bool RecoveryCoordinator::was_given_up(const TaggedPosition& position) const {
  const Seal* settled = settled_.find(order_.branch);
  return settled_.gave_up(position) ||
         (settled != nullptr &&
          std::ranges::any_of(settled->ends.kept, [&](const TaggedPosition& kept) {
            return kept.end == position.end && kept.tag != position.tag;
          }));
}

void RecoveryCoordinator::take(BranchId from, const SealReply& reply) {
  if (reply.known && stage_ != Stage::agree) {
    note_settled(*reply.known);
  }
  switch (stage_) {
    case Stage::find:
      find(from, reply);
      break;
    case Stage::promise:
      have_[from] = reply.have;
      break;
    case Stage::compare:
      std::ranges::for_each(reply.other, [&](const TaggedPosition& other) { give_up(other); });
      break;
    case Stage::agree:
      if (!has_diverged(from)) {
        recovery_.goal.merge(reply.applied);
      }
      break;
    case Stage::over:
      break;
  }
}

void RecoveryCoordinator::find(BranchId from, const SealReply& reply) {
  highest_ = std::max(highest_, reply.highest);
  known_ = known_ || reply.highest > Incarnation{1} || !reply.have.empty();
  if (order_.process && reply.process != 0 && reply.process != *order_.process) {
    fail(
        fmt::format("branch {} is connected to another process of branch {} ({:x}): two must not "
                    "run at once",
                    from.value, order_.branch.value, reply.process));
  }
}

void RecoveryCoordinator::next_stage() {
  switch (stage_) {
    case Stage::find: {
      if (!needed()) {
        ask(Stage::over, {});
        return;
      }
      seal_.next = Incarnation{highest_.value + 1};
      SealRequest promise = request();
      promise.next = seal_.next;
      ask_all(Stage::promise, promise);
      return;
    }
    case Stage::promise:
      if (choose_ends()) {
        compare();
      }
      return;
    case Stage::compare:
      agree();
      return;
    case Stage::agree:
      for (const TaggedPosition& kept : seal_.ends.kept) {
        recovery_.goal.raise(kept.end);
      }
      ask(Stage::over, {});
      return;
    case Stage::over:
      return;
  }
}

/// Chooses the furthest end of each log, unless another is to be kept. False if that one does not
/// exist.
bool RecoveryCoordinator::choose_ends() {
  std::map<Origin, TaggedPosition> ends;
  bool found = !order_.keep;
  if (const Seal* settled = settled_.find(order_.branch)) {
    seal_.ends.given_up = settled->ends.given_up;
  }
  for (const auto& [branch, positions] : have_) {
    for (const TaggedPosition& position : positions) {
      if (was_given_up(position)) {
        give_up(position);
        continue;
      }
      TaggedPosition& end = ends.try_emplace(position.end.origin, position).first->second;
      const bool wanted = order_.keep == position.tag;
      const bool settled = order_.keep == end.tag;
      if (wanted || (!settled && position.end.sequence > end.end.sequence)) {
        end = position;
      }
      found = found || wanted;
    }
  }
  if (!found) {
    fail_for_good(fmt::format("no log of branch {} ends with digest {}", order_.branch.value,
                              to_string(*order_.keep)));
    return false;
  }
  for (const auto& [origin, end] : ends) {
    seal_.ends.kept.push_back(end);
  }
  return true;
}

/// Asks a branch that has the end of a log whether the other positions lie before it.
void RecoveryCoordinator::compare() {
  std::map<BranchId, std::set<TaggedPosition>> asked;
  for (const TaggedPosition& end : seal_.ends.kept) {
    const auto holder = std::ranges::find_if(have_, [&](const auto& have) {
      return std::ranges::find(have.second, end) != have.second.end();
    });
    for (const auto& [branch, positions] : have_) {
      for (const TaggedPosition& position : positions) {
        if (position.end.origin != end.end.origin || position == end) {
          continue;
        }
        if (position.end.sequence < end.end.sequence) {
          asked[holder->first].insert(position);
        } else {
          give_up(position);
        }
      }
    }
  }
  std::vector<Question> questions;
  for (const auto& [branch, positions] : asked) {
    Question& question = questions.emplace_back(branch, request());
    question.request.next = seal_.next;
    question.request.compare.assign(positions.begin(), positions.end());
  }
  ask(Stage::compare, std::move(questions));
}

void RecoveryCoordinator::give_up(const TaggedPosition& position) {
  auto& given_up = seal_.ends.given_up;
  const auto at = std::ranges::lower_bound(given_up, position);
  if (at == given_up.end() || *at != position) {
    given_up.insert(at, position);
  }
}

void RecoveryCoordinator::agree() {
  const bool disputed = std::ranges::any_of(
      seal_.ends.given_up,
      [&](const TaggedPosition& position) { return !settled_.over(position.end.origin); });
  if (disputed && !order_.keep) {
    fail_for_histories();
    return;
  }
  SealRequest agreed = request();
  agreed.next = seal_.next;
  agreed.ends = seal_.ends;
  ask_all(Stage::agree, agreed);
}

void RecoveryCoordinator::fail_for_histories() {
  std::set<Origin> disputed;
  for (const TaggedPosition& position : seal_.ends.given_up) {
    if (!settled_.over(position.end.origin)) {
      disputed.insert(position.end.origin);
    }
  }
  std::string said;
  for (const auto& [branch, positions] : have_) {
    for (const TaggedPosition& position : positions) {
      if (disputed.contains(position.end.origin)) {
        said += fmt::format("; branch {} has {} entries, the last with digest {}", branch.value,
                            position.end.sequence.value, to_string(position.tag));
        histories_.push_back(position);
      }
    }
  }
  fail_for_good(
      fmt::format("FORK: there are several histories of branch {}{}: name one of these digests "
                  "with --keep, and recover the branches that have another after this one",
                  order_.branch.value, said));
}

bool RecoveryCoordinator::has_diverged(BranchId branch) const {
  const auto have = have_.find(branch);
  return have != have_.end() &&
         std::ranges::any_of(have->second, [&](const TaggedPosition& position) {
           return std::ranges::binary_search(seal_.ends.given_up, position);
         });
}

std::vector<BranchId> RecoveryCoordinator::diverged() const {
  std::vector<BranchId> out;
  std::ranges::copy_if(order_.others, std::back_inserter(out),
                       [&](BranchId branch) { return has_diverged(branch); });
  return out;
}

}  // namespace passbook
