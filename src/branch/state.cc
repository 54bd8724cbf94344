// SPDX-License-Identifier: Apache-2.0
#include "branch/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "branch/recall_check.h"

namespace passbook {

std::string describe(const Damage& damage) {
  return damage.record ? fmt::format(" at record {}: {}", *damage.record, damage.what)
                       : fmt::format(" in its newest snapshot: {}", damage.what);
}

namespace {

Decision decision_of(const Refusal& refusal) {
  return {.number = refusal.request.number, .outcome = refusal.outcome, .change = refusal.change};
}

}  // namespace

State::State(const Bank& bank, Origin self, std::uint64_t nonce, std::size_t session_bytes,
             bool snapshots)
    : self_(self),
      process_{.counter = 0, .nonce = nonce},
      ledger_(bank),
      own_sessions_(session_bytes, nonce, snapshots),
      other_sessions_(session_bytes, nonce, snapshots) {}

std::expected<void, Damage> State::restore(const Recall& recall) {
  if (recall.snapshot) {
    if (auto problem = restore(*recall.snapshot)) {
      return std::unexpected(Damage{std::nullopt, *std::move(problem)});
    }
  }
  for (const Record& record : recall.records) {
    ++records_;
    if (auto problem = std::visit([&](const auto& r) { return restore(r); }, record)) {
      return std::unexpected(Damage{records_, *std::move(problem)});
    }
  }
  return {};
}

ProcessBegun State::begin_process_after(std::uint64_t counter) {
  process_.counter = counter + 1;
  ++records_;
  return {process_.counter};
}

State::Problem State::restore(const Snapshot& snapshot) {
  if (auto problem = problem_of(snapshot, ledger_.bank())) {
    return problem;
  }
  for (const AccountSnapshot& account : snapshot.accounts) {
    if (!ledger_.restore(account.account, account.totals)) {
      return fmt::format("account {} has totals that no entries can have left",
                         account.account.value);
    }
  }
  if (moved_in(snapshot.accounts) != snapshot.moved) {
    return "an account is missing or from another snapshot";
  }
  records_ = records_in_snapshot_ = snapshot.records;
  process_.counter = snapshot.processes;
  applied_ = snapshot.applied;
  clock_.observe(snapshot.stamp);
  declared_ = snapshot.declared;
  grants_ = snapshot.grants;
  recovery_ = snapshot.recovery;
  moved_ = snapshot.moved;
  for (const Seal& seal : snapshot.seals) {
    seals_.put(seal);
  }
  restore_sessions(snapshot);
  last_snapshot_ = applied_;
  logs_.restore(applied_, snapshot.digests, snapshot.earlier_ends);
  return std::nullopt;
}

State::Problem State::restore(const Block& block) {
  if (auto problem = problem_of(block, logs_, ledger_.bank())) {
    return problem;
  }
  for (const Entry& entry : block.entries()) {
    if (auto problem = restore(entry)) {
      return problem;
    }
  }
  logs_.append(block);
  if (block.origin() == self_) {
    for (const TaggedPosition& dependency : block.head().dependencies) {
      declared_.raise(dependency.end);
    }
  }
  return std::nullopt;
}

State::Problem State::restore(const Entry& entry) {
  if (auto problem = problem_of(entry, ledger_.bank())) {
    return problem;
  }
  if (ledger_.refusal(entry.id.origin, entry.change)) {
    return fmt::format(
        "{} breaks a rule of the ledger: its origin lacks the rights, or the sum "
        "does not fit",
        name_of(entry.id));
  }
  book(entry);
  return std::nullopt;
}

State::Problem State::restore(const Seal& seal) {
  auto problem = problem_of(seal, ledger_.bank());
  if (!problem) {
    seals_.put(seal);
  }
  return problem;
}

State::Problem State::restore(const Recovery& recovery) {
  auto problem = problem_of(recovery, ledger_.bank());
  if (!problem) {
    recovery_ = recovery;
  }
  return problem;
}

State::Problem State::restore(const ProcessBegun& begun) {
  if (begun.counter <= process_.counter || begun.counter >= kNumberLimit) {
    return fmt::format("process {} began after process {}", begun.counter, process_.counter);
  }
  process_.counter = begun.counter;
  return std::nullopt;
}

State::Problem State::restore(const Refusal& refusal) {
  auto problem = problem_of(refusal, self_);
  if (!problem) {
    sessions_of(refusal.request.origin).add(refusal.request, decision_of(refusal));
  }
  return problem;
}

void State::restore_sessions(const Snapshot& snapshot) {
  for (const SessionPage& page : snapshot.pages) {
    for (const SessionId& id : page.retired) {
      sessions_of(id.origin).forget(id);
    }
    for (const SessionSnapshot& session : page.sessions) {
      sessions_of(session.id.origin).restore(session);
    }
  }
  own_sessions_.restored(snapshot.pages_since, snapshot.retired);
  other_sessions_.restored(snapshot.pages_since, snapshot.retired_elsewhere);
}

SessionTable& State::sessions_of(Origin origin) {
  return origin == self_ ? own_sessions_ : other_sessions_;
}

Refusal State::refuse(Refusal refusal) {
  sessions_of(refusal.request.origin).add(refusal.request, decision_of(refusal));
  ++records_;
  return refusal;
}

/// Doesn't wait for entries that were given up after the others named the goal.
bool State::recovered() const {
  return !recovery_ || applied_.covers(recovery_->goal) ||
         applied_.covers(seals_.surviving(recovery_->goal));
}

bool State::seal(const Seal& seal) {
  if (!seals_.put(seal)) {
    return false;
  }
  if (seal.final) {
    forks_.settle(seal.branch, seal.next);
    forks_.withdraw(seal.branch);
  }
  ++records_;
  return true;
}

bool State::gave_up(const TaggedPosition& position) const {
  return seals_.gave_up(position) || (has_kept_end(position.end.origin) && position.tag != Tag{} &&
                                      logs_.compare(position) == Logs::Match::other);
}

std::optional<TaggedPosition> State::kept_end(Origin origin) const {
  if (!seals_.settled(origin)) {
    return std::nullopt;
  }
  const auto& kept = seals_.find(origin.branch)->ends.kept;
  const auto end =
      std::ranges::find(kept, origin, [](const auto& each) { return each.end.origin; });
  return end == kept.end() ? std::nullopt : std::optional(*end);
}

bool State::has_kept_end(Origin origin) const {
  const auto end = kept_end(origin);
  return end && logs_.compare(*end) == Logs::Match::same;
}

bool State::has_all_of(Origin origin) const {
  return seals_.settled(origin) && (!kept_end(origin) || has_kept_end(origin));
}

bool State::has_given_up_entries() const {
  const auto is_in = [&](const Seal& seal, Logs::Match match) {
    return [this, &seal, match](const TaggedPosition& place) {
      return place.end.origin.incarnation < settled_below(seal) && logs_.compare(place) == match;
    };
  };
  return seals_.lost_any(applied_) || std::ranges::any_of(seals_.all(), [&](const Seal& seal) {
           return std::ranges::any_of(seal.ends.given_up, is_in(seal, Logs::Match::same)) ||
                  std::ranges::any_of(seal.ends.kept, is_in(seal, Logs::Match::other));
         });
}

std::vector<Release> State::releasable() const {
  std::vector<Release> out;
  if (!recovery_ || !recovery_->release_rights || !recovered()) {
    return out;
  }
  for (const auto& [id, account] : ledger_.accounts()) {
    for (const OriginTotals& totals : account.totals()) {
      if (totals.origin.branch == self_.branch && totals.origin < self_ &&
          totals.rights > Money{}) {
        out.push_back({id, totals.origin, totals.rights});
      }
    }
  }
  return out;
}

/// The parts of a snapshot that are small, or change all the time.
Snapshot State::cut() const {
  Snapshot out{.records = records_,
               .processes = process_.counter,
               .applied = applied_,
               .digests = {},
               .earlier_ends = logs_.earlier_ends(),
               .stamp = clock_.last(),
               .declared = declared_,
               .grants = grants_,
               .accounts = {},
               .moved = moved_,
               .seals = seals_.all(),
               .recovery = recovery_,
               .pages = {},
               .pages_since = 0,
               .retired = own_sessions_.retired(),
               .retired_elsewhere = other_sessions_.retired()};
  for (const EntryId& position : applied_.positions()) {
    out.digests.push_back(logs_.head(position.origin).digest);
  }
  return out;
}

void State::begin_snapshot() {
  PASSBOOK_CHECK(!open_ && closed_.empty(), "a snapshot covers whole blocks");
  PASSBOOK_CHECK(!snapshot_, "one snapshot is made at a time");
  snapshot_ = cut();
  records_in_snapshot_ = records_;
  ledger_.begin_snapshot();
  own_sessions_.begin_page(records_);
  other_sessions_.begin_page(records_);
  dispensable_ = std::exchange(last_snapshot_, applied_);
  all_dropped_ = false;
}

std::optional<Snapshot> State::go_on_with_snapshot(std::size_t most) {
  all_dropped_ = all_dropped_ || logs_.drop_up_to(dispensable_, most);
  if (!snapshot_) {
    return std::nullopt;
  }
  const bool accounts = ledger_.copy_touched(most);
  const bool own = own_sessions_.write_page(most);
  const bool others = other_sessions_.write_page(most);
  if (!accounts || !own || !others) {
    return std::nullopt;
  }
  snapshot_->accounts = ledger_.take_copies();
  snapshot_->pages.push_back(own_sessions_.finish_page());
  snapshot_->pages.push_back(other_sessions_.finish_page());
  snapshot_->pages_since = std::min(own_sessions_.oldest_page(), other_sessions_.oldest_page());
  return std::exchange(snapshot_, std::nullopt);
}

Snapshot State::snapshot() {
  begin_snapshot();
  return *go_on_with_snapshot(SIZE_MAX);
}

Booked State::accept(const Change& change, const VersionVector& needed,
                     std::optional<RequestId> request) {
  PASSBOOK_CHECK(process_.counter > 0, "a process begins before it accepts anything");
  PASSBOOK_CHECK(!ledger_.refusal(self_, change), "the ledger allows every accepted change");
  PASSBOOK_CHECK(applied_.covers(needed), "an entry depends only on what its branch has applied");
  const auto named = dependencies(needed);
  const Stamp stamp = clock_.tick();
  const BlockParts parts{
      .entries = 1, .requests = request ? std::size_t{1} : 0, .dependencies = named.size()};
  if (open_ && (!open_->fits(parts) || stamp.value - open_stamp_.value > UINT32_MAX)) {
    close();
  }
  if (!open_) {
    open_.emplace(BlockHead{.origin = self_,
                            .process = process_,
                            .first = Sequence{own_length().value + 1},
                            .stamp = stamp,
                            .dependencies = {},
                            .previous = logs_.head(self_).digest});
    open_stamp_ = stamp;
  }
  std::ranges::for_each(named, [&](const TaggedPosition& end) { open_->depend_on(end); });
  const EntryId id = open_->next();
  open_->add({change, request, static_cast<std::uint32_t>(stamp.value - open_stamp_.value)});
  return book({.id = id, .stamp = stamp, .request = request, .change = change});
}

void State::close() {
  if (open_) {
    closed_.push_back((*std::exchange(open_, std::nullopt)).finish());
    logs_.append(closed_.back());
    ++records_;
  }
}

std::vector<Block> State::take_accepted() {
  close();
  return std::exchange(closed_, {});
}

bool State::breaks_rules(const Block& block) const {
  if (block.size() == 1) {
    return ledger_.refusal(block.origin(), block.entry(0).change).has_value();
  }
  std::map<AccountId, Account> trial;
  for (const Entry& entry : block.entries()) {
    const AccountId id = account_of(entry.change);
    const Account* account = ledger_.find(id);
    if (account == nullptr) {
      return true;
    }
    Account& tried = trial.try_emplace(id, *account).first->second;
    if (tried.refusal(block.origin(), entry.change)) {
      return true;
    }
    tried.apply(block.origin(), entry.change);
  }
  return false;
}

std::vector<Booked> State::apply(const Block& block) {
  PASSBOOK_CHECK(block.origin() != self_, "nobody else appends to this branch's log");
  PASSBOOK_CHECK(!open_ && closed_.empty(), "every accepted entry is taken first");
  logs_.append(block);
  ++records_;
  std::vector<Booked> out;
  out.reserve(block.size());
  for (const Entry& entry : block.entries()) {
    out.push_back(book(entry));
    out.back().clock = clock_.tick();
  }
  return out;
}

/// Applies an entry to everything but the logs.
Booked State::book(const Entry& entry) {
  const EntryId id = entry.id;
  PASSBOOK_CHECK(id.sequence.value == applied_.at(id.origin).value + 1, "a log has no gaps");
  clock_.observe(entry.stamp);
  ledger_.apply(id.origin, entry.change);
  moved_ += moved_by(entry.change);
  applied_.raise(id);
  if (const auto* grant = std::get_if<Grant>(&entry.change);
      grant && grant->to == self_ && id.origin != self_) {
    grants_.raise(id);
  }
  const Money balance = ledger_.find(account_of(entry.change))->balance();
  if (entry.request) {
    const Decision accepted{.number = entry.request->number,
                            .change = entry.change,
                            .entry = id.sequence,
                            .balance = balance};
    sessions_of(entry.request->origin).add(*entry.request, accepted);
  }
  return {.entry = entry, .balance = balance, .clock = clock_.last()};
}

/// The dependencies that the next own block must name: received grants and the positions needed by
/// its call, less those named before in this log, and less this log itself, whose order is kept
/// anyway. Each is the end of a block.
std::vector<TaggedPosition> State::dependencies(const VersionVector& needed) {
  VersionVector wanted = grants_;
  wanted.merge(needed);
  std::vector<TaggedPosition> out;
  for (const EntryId& position : declared_.missing(wanted)) {
    if (position.origin != self_) {
      out.push_back(logs_.end_covering(position));
      declared_.raise(out.back().end);
    }
  }
  return out;
}

}  // namespace passbook
