// SPDX-License-Identifier: Apache-2.0
#include "branch/delivery.h"

#include <fmt/format.h>

#include <algorithm>

namespace passbook {

bool is_plausible(Stamp stamp, Stamp clock) {
  constexpr std::uint64_t kClose = std::uint64_t{1} << 40U;
  return stamp <= kHighestStamp || stamp.value <= clock.value + kClose;
}

/// Why an entry can't belong to this bank, or nothing.
std::optional<std::string> Delivery::objection(const Entry& entry) const {
  const auto* grant = std::get_if<Grant>(&entry.change);
  if (grant != nullptr && !topology_.contains(grant->to.branch)) {
    return fmt::format("a grant to branch {}, which this bank does not have",
                       grant->to.branch.value);
  }
  if (state_.ledger().find(account_of(entry.change)) == nullptr) {
    return fmt::format("an entry of account {}, which does not exist",
                       account_of(entry.change).value);
  }
  return std::nullopt;
}

/// Why a block can't belong to this bank, or nothing.
std::optional<std::string> Delivery::objection(const Block& block) {
  const Origin origin = block.origin();
  if (origin == state_.self()) {
    return "this branch's own entries";
  }
  if (!topology_.contains(origin.branch)) {
    return fmt::format("a block of branch {}, which this bank does not have", origin.branch.value);
  }
  const Stamp last = block.entry(block.size() - 1).stamp;
  if (!is_plausible(last, std::max(state_.clock().last(), latest_))) {
    return "a block from the far future";
  }
  if (state_.seals().lost(block.end().end)) {
    return fmt::format("entry {} of branch {}, which was lost with its disk and given up",
                       block.end().end.sequence.value, origin.branch.value);
  }
  for (const Entry& entry : block.entries()) {
    if (auto wrong = objection(entry)) {
      return wrong;
    }
  }
  latest_ = std::max(latest_, last);
  return std::nullopt;
}

std::optional<std::string> Delivery::take(BranchId from, const Block& block, Effects& out) {
  if (auto wrong = objection(block)) {
    return wrong;
  }
  const Origin origin = block.origin();
  if (const auto forked = passed_over_.find(origin);
      forked != passed_over_.end() && state_.forks().frozen(forked->second)) {
    return std::nullopt;
  }
  auto took = buffer_.offer(block, state_.logs().head(origin));
  if (took == CausalBuffer::Took::fork && from == origin.branch) {
    // The waiting blocks were never applied here, and their own branch says that its log is
    // different.
    buffer_.drop(origin);
    took = buffer_.offer(block, state_.logs().head(origin));
  }
  if (took == CausalBuffer::Took::gap) {
    return fmt::format(
        "blocks out of order: entry {} of branch {} (incarnation {}) comes before those from {} on",
        block.head().first.value, origin.branch.value, origin.incarnation.value,
        state_.logs().head(origin).end.value + 1);
  }
  const bool other = took == CausalBuffer::Took::duplicate &&
                     state_.logs().compare(block.end()) == Logs::Match::other;
  if (took == CausalBuffer::Took::fork || other) {
    note_fork(block.end(), from, out);
  }
  return std::nullopt;
}

std::optional<Block> Delivery::next(Effects& out) {
  while (auto ready = buffer_.next(state_.applied(), state_.seals())) {
    if (!breaks_rules(*ready, out) && !rests_on_other_history(*ready, out)) {
      return ready;
    }
    buffer_.drop(ready->origin());
  }
  return std::nullopt;
}

bool Delivery::breaks_rules(const Block& block, Effects& out) {
  const bool breaks = state_.breaks_rules(block);
  if (breaks) {
    out.observations.emplace_back(
        PeerRefused{fmt::format("the block of branch {} from entry {} on breaks the rules: it and "
                                "everything after it were refused",
                                block.origin().branch.value, block.head().first.value)});
  }
  return breaks;
}

/// Whether a block depends on another history than the local one.
bool Delivery::rests_on_other_history(const Block& block, Effects& out) {
  const auto& needed = block.head().dependencies;
  const auto other = std::ranges::find_if(needed, [&](const TaggedPosition& position) {
    return state_.logs().compare(position) == Logs::Match::other;
  });
  if (other == needed.end()) {
    return false;
  }
  note_fork(*other, block.origin().branch, out);
  passed_over_[block.origin()] = other->end.origin;
  return true;
}

bool Delivery::needs_again() {
  const auto settled = std::erase_if(passed_over_, [&](const auto& passed_over) {
    return !state_.forks().frozen(passed_over.second);
  });
  return std::exchange(dropped_, false) || settled > 0;
}

void Delivery::drop_over(BranchId branch, Incarnation below) {
  dropped_ = buffer_.drop_over(branch, below) || dropped_;
}

std::optional<std::string> Delivery::compare(const TaggedPosition& theirs, BranchId by,
                                             Effects& out) {
  const bool other = state_.logs().compare(theirs) == Logs::Match::other;
  if (theirs.end.origin != state_.self()) {
    if (other) {
      note_fork(theirs, by, out);
    }
    return std::nullopt;
  }
  const Head head = state_.logs().head(state_.self());
  if (theirs.end.sequence > head.end) {
    return fmt::format(
        "FORK: branch {} has {} entries of this branch, which has only {}: this branch's data is "
        "old or gone, and going on would give the same numbers to other entries; {} rebuilds it",
        by.value, theirs.end.sequence.value, head.end.value, options_.rebuilt_by);
  }
  return other ? std::optional(fmt::format(
                     "{}; another process wrote this branch's log too: {} goes on with one of them",
                     describe({state_.logs().end_covering(theirs.end), theirs, by}),
                     options_.rebuilt_by))
               : std::nullopt;
}

bool Delivery::diverges(const Divergence& divergence, BranchId by, Effects& out) {
  const auto& [yours, kept] = divergence;
  const Seal* seal = state_.seals().find(yours.end.origin.branch);
  if (seal == nullptr || yours.end.origin.incarnation >= settled_below(*seal) ||
      kept.end.origin != yours.end.origin || kept.end.sequence < yours.end.sequence ||
      state_.logs().compare(yours) != Logs::Match::same ||
      state_.logs().compare(kept) == Logs::Match::same || state_.has_kept_end(yours.end.origin)) {
    return false;
  }
  note_fork(kept, by, out);
  return true;
}

/// Notes that another branch's log has two histories.
void Delivery::note_fork(const TaggedPosition& theirs, BranchId by, Effects& out) {
  const Origin origin = theirs.end.origin;
  const Head head = state_.logs().head(origin);
  const EntryId known{origin, std::min(head.end, theirs.end.sequence)};
  const Fork fork{
      known.sequence > Sequence{} ? state_.logs().end_covering(known) : TaggedPosition{known, {}},
      theirs, by};
  if (state_.forks().add(fork)) {
    buffer_.drop(origin);
    passed_over_[origin] = origin;
    out.observations.emplace_back(ForkSeen{fork});
  }
}

}  // namespace passbook
