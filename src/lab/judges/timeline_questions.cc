// SPDX-License-Identifier: Apache-2.0
// The questions that judges ask a finished timeline.
#include <algorithm>

#include "lab/judges/timeline.h"

namespace passbook::history {

std::span<const Change> Timeline::changes(Index entry) const {
  return std::span(changes_).subspan(first_change_[entry],
                                     first_change_[entry + 1] - first_change_[entry]);
}

std::span<const Index> Timeline::holders(Index entry) const {
  return std::span(holders_).subspan(first_holder_[entry],
                                     first_holder_[entry + 1] - first_holder_[entry]);
}

std::span<const Index> Timeline::undone(Index event) const {
  const Restart& restart = restarts[facts[event].link];
  return std::span(undone_).subspan(restart.first, restart.count);
}

Index Timeline::origin_number(const Origin& id) const {
  const Index branch = branch_numbers_.find(id.branch);
  if (branch == kNone) {
    return kNone;
  }
  for (const Index origin : branches[branch].origins) {
    if (origins[origin].id == id) {
      return origin;
    }
  }
  return kNone;
}

bool Timeline::has_any(EventKind kind) const {
  return std::ranges::any_of(facts, [&](const Fact& fact) { return fact.kind == kind; });
}

std::size_t Timeline::wanted_holders(Level level) const {
  switch (level) {
    case Level::local:
      return 1;
    case Level::majority:
      return of_bank / 2 + 1;
    case Level::all:
      break;
  }
  return of_bank;
}

Money Timeline::first_rights(const AccountFacts& account, Index branch) const {
  const std::int64_t all = wrapping_sum(account.opening, account.limit).minor;
  const std::int64_t extra = branch < all % of_bank ? 1 : 0;
  return Money{all / of_bank + extra};
}

bool Timeline::sees_all() const {
  return std::ranges::none_of(branches, [](const BranchFacts& branch) {
    return branch.of_bank && branch.blind_from != kNone;
  });
}

bool Timeline::owner_calls(const RequestFacts& request) const {
  Index call = request.last_call;
  while (call != kNone && calls[call].client != request.owner) {
    call = calls[call].previous;
  }
  return call != kNone;
}

bool Timeline::no_replica_has(Index entry) const {
  return std::ranges::none_of(holders(entry),
                              [&](Index holding) { return holdings[holding].gone == kNone; });
}

bool Timeline::indistinguishable(Index one, Index other) const {
  return entries[one].id == entries[other].id && entries[one].request == entries[other].request &&
         std::ranges::equal(changes(one), changes(other));
}

Index Timeline::conflicting(const EntryFacts& entry) const {
  for (Index other = entry.older; other != kNone; other = entries[other].older) {
    if (indistinguishable(other, static_cast<Index>(&entry - entries.data()))) {
      continue;
    }
    for (const Index number : holders(other)) {
      const Holding& holding = holdings[number];
      const bool forgotten_at_home =
          holding.branch == origins[entry.origin].branch && holding.gone < entry.first;
      if (!forgotten_at_home) {
        return other;
      }
    }
  }
  return kNone;
}

bool Timeline::has_twins() const {
  return std::ranges::any_of(branches,
                             [](const BranchFacts& branch) { return branch.twin_of != kNone; });
}

bool Timeline::has_forks() const {
  return std::ranges::any_of(branches, [](const BranchFacts& branch) { return branch.forked; });
}

bool Timeline::disputed(const EntryFacts& entry) const {
  const auto number = static_cast<Index>(&entry - entries.data());
  const Index home = origins[entry.origin].branch;
  return branches[home].forked || std::ranges::all_of(holders(number), [&](Index holding) {
           return branches[holdings[holding].branch].twin_of == home;
         });
}

bool Timeline::no_living_replica_has(Index entry) const {
  return std::ranges::none_of(holders(entry), [&](Index holding) {
    return holdings[holding].gone == kNone && branches[holdings[holding].branch].alive;
  });
}

Index Timeline::unnoticed_conflict(const EntryFacts& entry) const {
  const auto could_be_noticed = [&](const EntryFacts& one) {
    return !disputed(one) && !no_living_replica_has(static_cast<Index>(&one - entries.data()));
  };
  const Index other = conflicting(entry);
  const bool noticeable =
      other != kNone && could_be_noticed(entry) && could_be_noticed(entries[other]);
  return noticeable ? other : kNone;
}

bool Timeline::bodies_differ(const RequestFacts& request) const {
  const Invoked& first = invoked(calls[request.first_call]);
  for (Index call = request.last_call; call != request.first_call; call = calls[call].previous) {
    if (!same_body(invoked(calls[call]), first)) {
      return true;
    }
  }
  return false;
}

Instant Timeline::end() const {
  return history.events.empty() ? Instant{} : history.events.back().at;
}

bool Timeline::is_fair(const Call& call, Duration time) const {
  const Invoked& asked = invoked(call);
  const Index account = account_numbers.find(asked.account);
  const bool known = account != kNone && accounts[account].of_bank;
  const bool possible = !is_write(asked.kind) || asked.amount > Money{};
  return known && possible && requests[call.request].owner == call.client &&
         !made_up[call.client] && asked.deadline >= later(at(call.invoked), time);
}

}  // namespace passbook::history
