// SPDX-License-Identifier: Apache-2.0
#include "branch/replication.h"

#include <algorithm>

namespace passbook {
namespace {

/// A cursor into one origin's log: the next to send and the last that may be.
struct Range {
  Origin origin;
  Sequence next;
  Sequence last;
};

/// Takes up to `most` entries from the ranges, oldest stamp first: an order in which everything
/// comes after what it depends on.
Entries take_in_causal_order(std::vector<Range>& ranges, std::size_t most, const State& state) {
  Entries batch;
  const auto next_stamp = [&](const Range& range) {
    return std::pair(state.find({range.origin, range.next})->stamp, range.origin);
  };
  while (!ranges.empty() && batch.entries.size() < most) {
    const auto oldest = std::ranges::min_element(ranges, {}, next_stamp);
    batch.entries.push_back(*state.find({oldest->origin, oldest->next}));
    oldest->next = Sequence{oldest->next.value + 1};
    if (oldest->next > oldest->last) {
      ranges.erase(oldest);
    }
  }
  return batch;
}

}  // namespace

/// The record of a branch; nothing when the branch has lost that incarnation since. What an
/// earlier one had counts no longer.
Replication::Matched* Replication::matched_as(Origin branch) {
  Matched& matched = progress_[branch.branch];
  if (branch.incarnation > matched.incarnation) {
    matched = {branch.incarnation, {}};
  }
  return branch.incarnation == matched.incarnation ? &matched : nullptr;
}

void Replication::connected(Origin peer, const VersionVector& has, Instant now) {
  if (Matched* matched = matched_as(peer)) {
    matched->has = has;  // it may be less than it once said, when its disk is an old one
  }
  Peer& made = peers_[peer.branch] = {};
  made.origin = peer;
  made.sent = has;
  made.patient_until = now + options_.patience;
  next_turn_ = std::min(next_turn_, now + options_.patience);
}

std::vector<Replication::Gain> Replication::learn(BranchId from, const Progress& progress,
                                                  Origin self) {
  std::vector<Gain> gains;
  for (const auto& [by, position] : progress.reports) {
    if (by.branch == topology_.self() || !topology_.contains(by.branch)) {
      continue;
    }
    Matched* matched = matched_as(by);
    const Sequence before = matched ? matched->has.at(position.origin) : Sequence{};
    if (!matched || !matched->has.raise(position)) {
      continue;
    }
    if (position.origin == self) {
      gains.push_back({by.branch, before, position.sequence});
    } else {
      pass_on(from, {by, position});
    }
    if (const auto peer = peers_.find(by.branch); peer != peers_.end()) {
      peer->second.more = peer->second.more || peer->second.full;  // its window has space
      peer->second.reported = true;
      peer->second.stuck = peer->second.beyond;
    }
  }
  return gains;
}

void Replication::has_sent(BranchId from, const Entries& entries) {
  for (const Entry& entry : entries.entries) {
    progress_[from].has.raise(entry.id);
  }
}

/// What a branch further from the origin says goes the way its entries came.
void Replication::pass_on(BranchId from, const Report& report) {
  const BranchId origin = report.position.origin.branch;
  const auto towards = peers_.find(topology_.source_of(origin));
  if (towards != peers_.end() && topology_.passes_on_at_once(origin, from)) {
    towards->second.reports[{report.position.origin, report.by}] = report.position.sequence;
  }
}

Incarnation Replication::incarnation(BranchId branch) const {
  const auto matched = progress_.find(branch);
  return matched == progress_.end() ? Incarnation{1} : matched->second.incarnation;
}

std::uint64_t Replication::lag(Origin branch, const VersionVector& applied) const {
  const VersionVector& has = matched(branch.branch);
  std::uint64_t sum = 0;
  for (const EntryId& position : has.missing(applied)) {
    sum += position.origin == branch ? 0 : position.sequence.value - has.at(position.origin).value;
  }
  return sum;
}

const VersionVector& Replication::matched(BranchId branch) const {
  static const VersionVector kNothing;
  const auto matched = progress_.find(branch);
  return matched == progress_.end() ? kNothing : matched->second.has;
}

std::vector<BranchId> Replication::lacking(EntryId entry) const {
  std::vector<BranchId> out;
  std::ranges::copy_if(topology_.branches(), std::back_inserter(out), [&](BranchId branch) {
    return branch != topology_.self() && Origin{branch, incarnation(branch)} != entry.origin &&
           !matched(branch).covers(entry);
  });
  return out;
}

std::uint32_t Replication::holders(EntryId entry) const {
  return static_cast<std::uint32_t>(topology_.branches().size() - lacking(entry).size());
}

/// Moves own entries whose delay has passed to what may leave.
void Replication::release_own(const State& state, Instant now) {
  const Sequence length = state.own_length();
  if (options_.propagation_delay == Duration::zero()) {
    released_ = length;
    return;
  }
  const Sequence last = held_back_.empty() ? released_ : held_back_.back().first;
  if (length > last) {
    held_back_.emplace_back(length, now + options_.propagation_delay);
  }
  while (!held_back_.empty() && held_back_.front().second <= now) {
    released_ = held_back_.front().first;
    held_back_.pop_front();
    for (auto& [id, peer] : peers_) {
      peer.more = true;
    }
  }
}

bool Replication::anyone_lacks_anything(const VersionVector& applied) const {
  return std::ranges::any_of(
      peers_, [&](const auto& peer) { return !matched(peer.first).covers(applied); });
}

/// Every turn of patience, what was applied two turns ago becomes due to whoever still lacks it.
void Replication::turn_snapshots(const State& state, Instant now) {
  if (now < next_turn_) {
    return;
  }
  overdue_ = std::exchange(recent_, state.applied());
  for (auto& [id, peer] : peers_) {
    peer.more = true;
    peer.stuck = !std::exchange(peer.reported, false);
  }
  const bool settled = overdue_ == state.applied() && !anyone_lacks_anything(state.applied());
  next_turn_ = settled ? kNever : now + options_.patience;
}

Sequence Replication::sendable(BranchId to, Origin origin, const Peer& peer, const State& state,
                               Instant now) const {
  if (origin == state.self()) {
    return released_;
  }
  if (!options_.pass_on) {
    return {};
  }
  if (topology_.passes_on_at_once(origin.branch, to)) {
    return state.applied().at(origin);
  }
  return now < peer.patient_until ? Sequence{} : overdue_.at(origin);
}

std::size_t Replication::unconfirmed(BranchId to, const Peer& peer) const {
  const VersionVector& has = matched(to);
  std::size_t sum = 0;
  for (const EntryId& sent : peer.sent.positions()) {
    const Sequence confirmed = has.at(sent.origin);
    sum += sent.sequence > confirmed ? sent.sequence.value - confirmed.value : 0;
  }
  return sum;
}

/// A window may be full of entries that wait for others, which were left to others to send: then
/// one batch goes beyond it, oldest first, so that something in it can be applied; and another with
/// each report that this was so.
std::size_t Replication::free_in_window(BranchId to, Peer& peer) const {
  const std::size_t taken = unconfirmed(to, peer);
  if (taken < options_.window_entries) {
    peer.beyond = false;
    return options_.window_entries - taken;
  }
  if (!std::exchange(peer.stuck, false)) {
    return 0;
  }
  if (!std::exchange(peer.beyond, true)) {
    peer.next_fetch = 0;  // what it waits for may have been passed over
  }
  return options_.batch_entries;
}

void Replication::send_batch(BranchId to, Peer& peer, Entries batch, Links& links, Instant now,
                             Effects& out) {
  for (const Entry& entry : batch.entries) {
    peer.sent.raise(entry.id);
  }
  links.send(to, std::move(batch), now, out);
}

void Replication::send_entries(BranchId to, Peer& peer, const State& state, Links& links,
                               Instant now, Effects& out) {
  if (peer.fetching) {
    return;
  }
  std::vector<Range> ranges;
  bool all_in_memory = true;
  const VersionVector& has = matched(to);
  const auto look_at = [&](Origin origin) {
    const Sequence from = std::max(peer.sent.at(origin), has.at(origin));
    const Sequence last = sendable(to, origin, peer, state, now);
    if (origin != peer.origin && from < last) {
      ranges.push_back({origin, Sequence{from.value + 1}, last});
      all_in_memory = all_in_memory && state.find({origin, ranges.back().next}) != nullptr;
    }
  };
  if (std::exchange(peer.more, false)) {
    for (const EntryId& position : state.applied().positions()) {
      look_at(position.origin);
    }
  } else {
    std::ranges::for_each(peer.due, look_at);
  }
  peer.due.clear();
  peer.full = false;
  if (ranges.empty()) {
    return;
  }
  std::size_t free = free_in_window(to, peer);
  if (!all_in_memory && free > 0) {
    peer.fetching = true;
    VersionVector after = peer.sent;
    after.merge(has);
    out.fetches.push_back({links.established().at(to), std::move(after), peer.next_fetch,
                           std::min(free, options_.fetch_records)});
    return;
  }
  while (!ranges.empty() && free > 0) {
    Entries batch = take_in_causal_order(ranges, std::min(free, options_.batch_entries), state);
    free -= batch.entries.size();
    send_batch(to, peer, std::move(batch), links, now, out);
  }
  peer.full = !ranges.empty();
}

/// The journal's order is a causal one, so what is read can be sent as it comes, in batches.
void Replication::fetched(BranchId to, const Fetched& fetched, const State& state, Links& links,
                          Instant now, Effects& out) {
  const auto found = peers_.find(to);
  if (found == peers_.end() || links.established().at(to) != fetched.link) {
    return;
  }
  Peer& peer = found->second;
  const VersionVector& has = matched(to);
  Entries batch;
  for (const Entry& entry : fetched.entries) {
    const Origin origin = entry.id.origin;
    const Sequence sent = std::max(peer.sent.at(origin), has.at(origin));
    if (origin != peer.origin && entry.id.sequence.value == sent.value + 1 &&
        entry.id.sequence <= sendable(to, origin, peer, state, now)) {
      batch.entries.push_back(entry);
      peer.sent.raise(entry.id);
      peer.more = true;
    }
    if (batch.entries.size() == options_.batch_entries) {
      links.send(to, std::exchange(batch, {}), now, out);
    }
  }
  peer.fetching = false;
  peer.next_fetch = fetched.next;
  peer.more = peer.more || fetched.next != 0;
  if (!batch.entries.empty()) {
    links.send(to, std::move(batch), now, out);
  }
}

/// The branches to which this one hands an origin's entries.
const std::vector<BranchId>& Replication::children(BranchId origin) {
  auto children = children_.find(origin);
  if (children == children_.end()) {
    children = children_.emplace(origin, topology_.receivers_of(origin)).first;
  }
  return children->second;
}

/// Whether the branches to which this one hands an origin's entries have them up to `position`.
bool Replication::all_children_have(EntryId position) {
  return std::ranges::all_of(children(position.origin.branch),
                             [&](BranchId branch) { return matched(branch).covers(position); });
}

/// What there may be to tell a peer of the own progress.
std::vector<EntryId> Replication::unreported(const Peer& peer, const State& state,
                                             bool to_all) const {
  if (to_all || peer.fresh) {
    return peer.acked.missing(state.applied());
  }
  std::vector<EntryId> out;
  for (const Origin origin : peer.unreported) {
    out.push_back({origin, state.applied().at(origin)});
  }
  return out;
}

void Replication::send_progress(BranchId to, Peer& peer, const State& state, bool to_all,
                                Links& links, Instant now, Effects& out) {
  Progress progress;
  bool waiting = false;
  const bool waited = now >= peer.gathering_until;
  const auto positions = unreported(peer, state, to_all);
  peer.fresh = false;
  peer.unreported.clear();
  for (const EntryId& position : positions) {
    const BranchId origin = position.origin.branch;
    if (position.origin == state.self()) {
      continue;
    }
    const bool wanted = topology_.source_of(origin) == to || origin == to;
    if (to_all || (wanted && (waited || all_children_have(position)))) {
      if (peer.acked.raise(position)) {
        progress.reports.push_back({state.self(), position});
      }
    } else if (wanted) {
      peer.unreported.insert(position.origin);
      waiting = true;
    }
  }
  std::erase_if(peer.reports, [&](const auto& report) {
    const auto& [origin, by] = report.first;
    const bool go = to_all || waited || all_children_have({origin, state.applied().at(origin)});
    if (go) {
      progress.reports.push_back({by, {origin, report.second}});
    }
    waiting = waiting || !go;
    return go;
  });
  if (!waiting) {
    peer.gathering_until = kNever;
  } else if (peer.gathering_until == kNever || waited) {
    peer.gathering_until = now + options_.gather_reports;
  }
  if (!progress.reports.empty()) {
    links.send(to, std::move(progress), now, out);
  }
}

/// What was applied since the last time concerns those to whom this branch hands it, and those who
/// wait for its word.
void Replication::note_applied(const VersionVector& applied, Instant now) {
  if (applied == seen_) {
    return;
  }
  for (const auto& [origin, sequence] : seen_.missing(applied)) {
    const bool own = origin.branch == topology_.self();
    for (const BranchId to : own ? topology_.branches() : children(origin.branch)) {
      if (const auto peer = peers_.find(to); peer != peers_.end()) {
        peer->second.due.insert(origin);
      }
    }
    for (const BranchId to : {topology_.source_of(origin.branch), origin.branch}) {
      if (const auto peer = peers_.find(to); peer != peers_.end()) {
        peer->second.unreported.insert(origin);
      }
    }
  }
  seen_ = applied;
  next_report_ = std::min(next_report_, now + options_.report_every);
  next_turn_ = std::min(next_turn_, now + options_.patience);
}

void Replication::flush(const State& state, Links& links, Instant now, Effects& out) {
  release_own(state, now);
  note_applied(state.applied(), now);
  turn_snapshots(state, now);
  const bool to_all = now >= next_report_;
  if (to_all) {
    next_report_ = kNever;
  }
  for (auto& [id, peer] : peers_) {
    if (peer.more || !peer.due.empty()) {
      send_entries(id, peer, state, links, now, out);
    }
    send_progress(id, peer, state, to_all, links, now, out);
  }
}

Instant Replication::wake() const {
  const Instant release = held_back_.empty() ? kNever : held_back_.front().second;
  Instant gathering = kNever;
  for (const auto& [id, peer] : peers_) {
    gathering = std::min(gathering, peer.gathering_until);
  }
  return std::min({next_turn_, next_report_, release, gathering});
}

}  // namespace passbook
