// SPDX-License-Identifier: Apache-2.0
#include "branch/recall_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace passbook {
namespace {

using Problem = std::optional<std::string>;

bool knows(const Bank& bank, BranchId branch) {
  return std::ranges::binary_search(bank.branches, branch);
}

std::string of_unknown_branch(BranchId branch) {
  return fmt::format("branch {}, which this bank does not have", branch.value);
}

Problem problem_of(const EntryId& position, const Bank& bank) {
  if (!knows(bank, position.origin.branch)) {
    return "it names " + of_unknown_branch(position.origin.branch);
  }
  return position.sequence.value < kNumberLimit
             ? Problem()
             : fmt::format("it names {}, and no log is so long", name_of(position));
}

Problem problem_of(const VersionVector& positions, const Bank& bank) {
  for (const EntryId& position : positions.positions()) {
    if (auto problem = problem_of(position, bank)) {
      return problem;
    }
  }
  return std::nullopt;
}

/// A snapshot's other positions must belong to entries that its logs include.
Problem problem_of_positions(const Snapshot& snapshot, const Bank& bank) {
  if (auto problem = problem_of(snapshot.applied, bank)) {
    return problem;
  }
  for (const VersionVector* held : {&snapshot.declared, &snapshot.grants}) {
    const auto missing = snapshot.applied.missing(*held);
    if (!missing.empty()) {
      return fmt::format("it rests on {}, which it lacks", name_of(missing.front()));
    }
  }
  return std::nullopt;
}

Problem problem_of_digests(const Snapshot& snapshot) {
  const auto& ends = snapshot.applied.positions();
  if (snapshot.digests.size() != ends.size()) {
    return fmt::format("it has {} digests for {} logs", snapshot.digests.size(), ends.size());
  }
  const auto none = std::ranges::find(snapshot.digests, Digest{});
  return none == snapshot.digests.end()
             ? Problem()
             : fmt::format(
                   "it has no digest for {}",
                   name_of(ends[static_cast<std::size_t>(none - snapshot.digests.begin())]));
}

/// Accounts must belong to the bank, each once, with rights of its branches only.
Problem problem_of_accounts(const Snapshot& snapshot, const Bank& bank) {
  std::vector<AccountId> ids;
  for (const AccountSnapshot& account : snapshot.accounts) {
    ids.push_back(account.account);
    for (const OriginTotals& totals : account.totals) {
      if (!knows(bank, totals.origin.branch)) {
        return fmt::format("account {} has rights of {}", account.account.value,
                           of_unknown_branch(totals.origin.branch));
      }
    }
  }
  std::ranges::sort(ids);
  const bool of_bank = std::ranges::adjacent_find(ids) == ids.end() &&
                       std::ranges::includes(bank.accounts, ids, {}, &OpeningAccount::id);
  return of_bank ? Problem() : "its accounts are not those of this bank";
}

Problem problem_of(const Decision& decision, Origin origin, const Snapshot& snapshot,
                   const Bank& bank) {
  const EntryId entry{origin, decision.entry};
  if (decision.outcome != Outcome::ok) {
    return is_final(decision.outcome) && decision.entry == Sequence{}
               ? Problem()
               : fmt::format("it remembers a write refused for ever as {}",
                             to_string(decision.outcome));
  }
  if (decision.entry == Sequence{} || !snapshot.applied.covers(entry)) {
    return fmt::format("it remembers {}, which it lacks", name_of(entry));
  }
  return decision.change ? problem_of(Entry{entry, {}, {}, *decision.change}, bank)
                         : Problem("it remembers an entry that changed nothing");
}

Problem problem_of(const SessionSnapshot& session, const Snapshot& snapshot, const Bank& bank) {
  if (!knows(bank, session.id.origin.branch)) {
    return "it remembers a session at " + of_unknown_branch(session.id.origin.branch);
  }
  std::uint64_t last = 0;
  for (const Decision& decision : session.decisions) {
    if (decision.number <= last) {
      return fmt::format("it remembers number {} of a session after number {}", decision.number,
                         last);
    }
    last = decision.number;
    if (auto problem = problem_of(decision, session.id.origin, snapshot, bank)) {
      return problem;
    }
  }
  return std::nullopt;
}

Problem problem_of_sessions(const Snapshot& snapshot, const Bank& bank) {
  for (const SessionPage& page : snapshot.pages) {
    for (const SessionSnapshot& session : page.sessions) {
      if (auto problem = problem_of(session, snapshot, bank)) {
        return problem;
      }
    }
  }
  return std::nullopt;
}

/// Earlier ends must lie before those of the logs, each log's ascending.
Problem problem_of_earlier_ends(const Snapshot& snapshot) {
  const auto& ends = snapshot.earlier_ends;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const bool before = ends[i].end.sequence < snapshot.applied.at(ends[i].end.origin);
    const bool ascends = i == 0 || ends[i - 1].end < ends[i].end;
    if (!before || !ascends || ends[i].end.sequence == Sequence{}) {
      return fmt::format("{} can't be the end of an earlier block", name_of(ends[i].end));
    }
  }
  return std::nullopt;
}

Problem problem_of_counts(const Snapshot& snapshot) {
  if (snapshot.stamp >= kHighestRecalledStamp) {
    return fmt::format("no clock gets to {}", snapshot.stamp.value);
  }
  if (snapshot.processes >= kNumberLimit) {
    return fmt::format("no branch has had {} processes", snapshot.processes);
  }
  return snapshot.pages_since <= snapshot.records
             ? Problem()
             : fmt::format("it needs the page of a snapshot of {} records, and is of {}",
                           snapshot.pages_since, snapshot.records);
}

/// A block must name the digest at which its log ends here.
Problem problem_of_place(const Block& block, const Head& head) {
  const EntryId first{block.origin(), block.head().first};
  const Sequence next{head.end.value + 1};
  if (first.sequence < next) {
    return fmt::format("{} is there again", name_of(first));
  }
  if (first.sequence > next) {
    return fmt::format("{} is missing: what follows is {}", name_of({block.origin(), next}),
                       first.sequence.value);
  }
  return block.head().previous == head.digest
             ? Problem()
             : fmt::format("{} does not follow the one before: that has digest {}, and it names {}",
                           name_of(first), to_string(tag_of(head.digest)),
                           to_string(tag_of(block.head().previous)));
}

Problem problem_of_dependency(const Block& block, const TaggedPosition& needed, const Logs& logs) {
  const bool there = logs.head(needed.end.origin).end >= needed.end.sequence;
  if (there && logs.compare(needed) != Logs::Match::other) {
    return std::nullopt;
  }
  return fmt::format("{} depends on {}, {}", name_of({block.origin(), block.head().first}),
                     name_of(needed.end),
                     there ? "with another digest than it has" : "which does not come before it");
}

}  // namespace

std::string name_of(EntryId entry) {
  return fmt::format("entry {} of branch {}, incarnation {}", entry.sequence.value,
                     entry.origin.branch.value, entry.origin.incarnation.value);
}

std::optional<std::string> problem_of(const Seal& seal, const Bank& bank) {
  if (!knows(bank, seal.branch)) {
    return "it seals " + of_unknown_branch(seal.branch);
  }
  return std::nullopt;
}

std::optional<std::string> problem_of(const Recovery& recovery, const Bank& bank) {
  return problem_of(recovery.goal, bank);
}

std::optional<std::string> problem_of(const Refusal& refusal, Origin self) {
  if (refusal.request.origin != self) {
    return fmt::format("it refuses a write that only branch {}, incarnation {}, may refuse",
                       refusal.request.origin.branch.value,
                       refusal.request.origin.incarnation.value);
  }
  return is_final(refusal.outcome)
             ? Problem()
             : fmt::format("it refuses a write for ever as {}", to_string(refusal.outcome));
}

std::optional<std::string> problem_of(const Snapshot& snapshot, const Bank& bank) {
  for (const auto& check :
       {problem_of_positions(snapshot, bank), problem_of_digests(snapshot),
        problem_of_earlier_ends(snapshot), problem_of_counts(snapshot),
        problem_of_accounts(snapshot, bank), problem_of_sessions(snapshot, bank)}) {
    if (check) {
      return check;
    }
  }
  for (const Seal& seal : snapshot.seals) {
    if (auto problem = problem_of(seal, bank)) {
      return problem;
    }
  }
  return snapshot.recovery ? problem_of(*snapshot.recovery, bank) : std::nullopt;
}

std::optional<std::string> problem_of(const Block& block, const Logs& logs, const Bank& bank) {
  if (!knows(bank, block.origin().branch)) {
    return "a block of " + of_unknown_branch(block.origin().branch);
  }
  if (auto problem = problem_of_place(block, logs.head(block.origin()))) {
    return problem;
  }
  for (const TaggedPosition& needed : block.head().dependencies) {
    if (auto problem = problem_of_dependency(block, needed, logs)) {
      return problem;
    }
  }
  const Stamp last = block.entry(block.size() - 1).stamp;
  return last < kHighestRecalledStamp ? Problem()
                                      : fmt::format("{} has the stamp {}, and no clock gets there",
                                                    name_of(block.end().end), last.value);
}

std::optional<std::string> problem_of(const Entry& entry, const Bank& bank) {
  const auto* grant = std::get_if<Grant>(&entry.change);
  if (grant != nullptr && !knows(bank, grant->to.branch)) {
    return fmt::format("{} is a grant to {}", name_of(entry.id),
                       of_unknown_branch(grant->to.branch));
  }
  const AccountId account = account_of(entry.change);
  return std::ranges::binary_search(bank.accounts, account, {}, &OpeningAccount::id)
             ? Problem()
             : fmt::format("{} is of account {}, which does not exist", name_of(entry.id),
                           account.value);
}

}  // namespace passbook
