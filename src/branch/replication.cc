// SPDX-License-Identifier: Apache-2.0
#include "branch/replication.h"

#include <algorithm>
#include <bit>

namespace passbook {
namespace {

/// The number of branches that pass on overdue entries at first; it doubles with each time of
/// patience. If all branches are late, all of them would otherwise pass on everything.
constexpr std::size_t kFirstHelpers = 2;

/// A cursor into one origin's log: the next entry to send, and the last that may be sent.
struct Range {
  Origin origin;
  Sequence next;
  Sequence last;
};

/// Takes blocks from the ranges, oldest stamp first, so that each block comes after its
/// dependencies. Takes as many as fit into `most` entries; the last block may exceed that.
std::vector<Block> take_in_causal_order(std::vector<Range>& ranges, std::size_t most,
                                        const Logs& logs) {
  std::vector<Block> out;
  const auto next_stamp = [&](const Range& range) {
    return std::pair(logs.find({range.origin, range.next})->head().stamp, range.origin);
  };
  while (!ranges.empty() && most > 0) {
    const auto oldest = std::ranges::min_element(ranges, {}, next_stamp);
    const Block& block = out.emplace_back(*logs.find({oldest->origin, oldest->next}));
    most -= std::min(most, block.size());
    oldest->next = Sequence{block.end().end.sequence.value + 1};
    if (oldest->next > oldest->last) {
      ranges.erase(oldest);
    }
  }
  return out;
}

}  // namespace

/// The record of a branch's process, or null if another process counts: the connected one, or else
/// the latest. Positions of an earlier process no longer count. Of two processes with the same
/// counter, the one heard last is on the side of those who connect it. An incarnation does not
/// count before the one before it is known to have ended, since anyone can claim that it exists.
Replication::Matched* Replication::matched_as(Origin branch, ProcessId process,
                                              const State& state) {
  const bool began = branch.incarnation == Incarnation{1} ||
                     state.seals().over({branch.branch, Incarnation{branch.incarnation.value - 1}});
  if (!began) {
    return nullptr;
  }
  Matched& matched = progress_[branch.branch];
  if (branch.incarnation == matched.incarnation && process == matched.process) {
    return &matched;
  }
  const bool earlier = std::pair(branch.incarnation, process.counter) <
                       std::pair(matched.incarnation, matched.process.counter);
  if (earlier || peers_.contains(branch.branch)) {
    return nullptr;
  }
  return &begin_anew(branch, process);
}

/// Positions of a branch's other processes don't count: its disk may now be older.
Replication::Matched& Replication::begin_anew(Origin branch, ProcessId process) {
  Matched& matched = progress_[branch.branch];
  matched = {branch.incarnation, process, {}, {}, {}};
  std::ranges::for_each(ahead_, [&](auto& said) { said.second.erase(branch.branch); });
  passed_on_.erase(branch.branch);
  return matched;
}

void Replication::connected(Origin peer, ProcessId process, const std::vector<TaggedPosition>& has,
                            const State& state, Instant now) {
  Peer& made = peers_[peer.branch] = {};
  made.origin = peer;
  Matched& matched = begin_anew(peer, process);
  for (const TaggedPosition& position : has) {
    made.sent.raise(position.end);
    const Logs::Match match = state.logs().compare(position);
    if (match != Logs::Match::other) {
      matched.has.raise(position.end);
      vouch(peer.branch, position, match, state);
    }
  }
  made.since = now;
  made.heeded_since = patience_.heeded(now);
  made.turn =
      1 + static_cast<int>(std::bit_width(topology_.helpers_before(peer.branch) / kFirstHelpers));
  next_turn_ = std::min(next_turn_, now + patience_.for_entries());
  // For progress since the Hello.
  next_report_ = std::min(next_report_, now + patience_.for_reports());
}

void Replication::measured(BranchId peer, Duration round_trip) {
  peers_.at(peer).round_trip = round_trip;
}

std::vector<Replication::Gain> Replication::learn(BranchId from, const Progress& progress,
                                                  const State& state, Instant now) {
  std::vector<Gain> gains;
  const Matched& sender = progress_[from];
  const Origin by{from, sender.incarnation};
  for (const TaggedPosition& position : progress.own) {
    learn({from, {by, position, sender.process}, false}, state, now, gains);
  }
  for (const Report& report : progress.reports) {
    if (report.by.branch != topology_.self() && topology_.contains(report.by.branch)) {
      learn({from, report, true}, state, now, gains);
    }
  }
  for (const TaggedPosition& position : progress.everywhere) {
    hear_everywhere(from, position, state, now);
  }
  const bool others = topology_.branches().size() > 2;
  if (others && !gains.empty() && looks_at_all_ == kNever) {
    looks_at_all_ = std::max(now, told_of_all_ + options_.report_every / 2);
  }
  return gains;
}

void Replication::learn(const Said& said, const State& state, Instant now,
                        std::vector<Gain>& gains) {
  const auto& [by, position, process] = said.report;
  Matched* matched = matched_as(by, process, state);
  const EntryId end = position.end;
  const Logs::Match match = state.logs().compare(position);
  if (end.origin != state.self() && match != Logs::Match::other) {
    pass_on(said, state);
  }
  if (!matched || match == Logs::Match::other) {
    return;
  }
  const Sequence before = matched->vouched.at(end.origin);
  const auto peer = peers_.find(by.branch);
  if (vouch(by.branch, position, match, state) && end.origin == state.self()) {
    gains.push_back({by.branch, before, end.sequence});
    const Instant since = peer == peers_.end() ? Instant{} : peer->second.since;
    matched->moved = patience_.heeded(now);
    patience_.confirmed(before, end.sequence, since, now);
  }
  // A connected peer reports itself which entries it need not be sent.
  const bool hearsay = peer != peers_.end() && by.branch != said.from;
  if (!hearsay) {
    now_has(by.branch, end);
  }
}

/// Notes that a branch no longer needs these entries.
void Replication::now_has(BranchId branch, EntryId end) {
  const auto peer = peers_.find(branch);
  if (progress_[branch].has.raise(end) && peer != peers_.end()) {
    peer->second.more = peer->second.more || peer->second.full;  // its window has space
    peer->second.reported = true;
    peer->second.stuck = peer->second.beyond;
  }
}

/// A peer that sends entries that were here already has not heard of that.
void Replication::has_sent(BranchId from, const Blocks& blocks, const State& state) {
  const auto peer = peers_.find(from);
  for (const Block& block : blocks.blocks) {
    const TaggedPosition end = block.end();
    progress_[from].has.raise(end.end);
    vouch(from, end, state.logs().compare(end), state);
    if (peer != peers_.end() && state.applied().covers(end.end) &&
        !peer->second.acked.covers(end.end)) {
      peer->second.unaware.insert(end.end.origin);
      peer->second.unreported.insert(end.end.origin);
    }
  }
}

/// Releases own entries whose delay has passed.
void Replication::release_own(const State& state, Instant now) {
  const Sequence length = state.own_length();
  if (options_.propagation_delay == Duration::zero()) {
    released_ = length;
  } else {
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
  patience_.sent(released_, now);
}

/// A peer has its own log, even if it never reported that: the entries may have come through
/// others.
bool Replication::anyone_lacks_anything(const VersionVector& applied) const {
  return std::ranges::any_of(
      peers_, [&](const auto& peer) { return lag(peer.second.origin, applied) > 0; });
}

/// At every turn of patience, more entries become due for peers that still lack them.
void Replication::turn_snapshots(const State& state, Instant now) {
  if (now < next_turn_) {
    return;
  }
  turns_.emplace_back(patience_.heeded(now), state.applied());
  while (turns_.size() > 1 && turns_[1].first <= turns_.back().first - 2 * options_.patience_most) {
    turns_.pop_front();
  }
  for (auto& [id, peer] : peers_) {
    peer.more = true;
    peer.stuck = !std::exchange(peer.reported, false);
  }
  next_turn_ = anyone_lacks_anything(state.applied()) ? now + patience_.for_entries() : kNever;
}

/// The entries that a peer should have received the direct way by now. If an entry is here, and
/// comes to the peer from the place where this branch got it, it arrives after the delay from here
/// to there at the latest. Then the peer's report must come back.
const VersionVector& Replication::overdue(const Peer& peer, Instant now) const {
  static const VersionVector kNothing;
  const Duration wait =
      std::min(peer.turn * patience_.for_entries(peer.round_trip), 2 * options_.patience_most);
  const Instant then = patience_.heeded(now) - wait;
  const auto later =
      std::ranges::upper_bound(turns_, then, {}, &decltype(turns_)::value_type::first);
  return peer.heeded_since > then || later == turns_.begin() ? kNothing : std::prev(later)->second;
}

Sequence Replication::sendable(BranchId to, Origin origin, const VersionVector& overdue,
                               const State& state) const {
  if (origin == state.self()) {
    return released_;
  }
  if (!options_.pass_on) {
    return {};
  }
  if (topology_.passes_on_at_once(origin.branch, to)) {
    return state.applied().at(origin);
  }
  return overdue.at(origin);
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

/// A window may be full of entries that wait for others, which other branches were to send. Then
/// one batch goes beyond it, oldest first, so that entries in it can be applied. Another batch
/// follows with each report that this happened.
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
    peer.next_fetch = 0;  // entries it waits for may have been skipped
  }
  return options_.beyond_window;
}

/// Sends the blocks in as many messages as necessary.
void Replication::send(BranchId to, Peer& peer, std::vector<Block> blocks, Links& links,
                       Instant now, Effects& out) const {
  Blocks batch;
  std::size_t bytes = 0;
  for (Block& block : blocks) {
    if (!batch.blocks.empty() && bytes + block.bytes().size() > options_.batch_bytes) {
      links.send(to, std::exchange(batch, {}), now, out);
      bytes = 0;
    }
    peer.sent.raise(block.end().end);
    bytes += block.bytes().size();
    batch.blocks.push_back(std::move(block));
  }
  if (!batch.blocks.empty()) {
    links.send(to, std::move(batch), now, out);
  }
}

void Replication::send_blocks(BranchId to, Peer& peer, const State& state, Links& links,
                              Instant now, Effects& out) {
  if (peer.fetching) {
    return;
  }
  std::vector<Range> ranges;
  bool all_in_memory = true;
  const VersionVector& has = matched(to);
  const VersionVector& late = overdue(peer, now);
  const auto look_at = [&](Origin origin) {
    const Sequence from = std::max(peer.sent.at(origin), has.at(origin));
    const Sequence last = sendable(to, origin, late, state);
    if (origin == peer.origin || from >= last || state.forks().frozen(origin)) {
      return;
    }
    const Sequence next{from.value + 1};
    const Block* block = state.logs().find({origin, next});
    if (block == nullptr || block->head().first == next) {  // otherwise it has another history
      ranges.push_back({origin, next, last});
      all_in_memory = all_in_memory && block != nullptr;
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
  const std::size_t free = free_in_window(to, peer);
  if (!all_in_memory && free > 0) {
    peer.fetching = true;
    VersionVector after = peer.sent;
    after.merge(has);
    out.fetches.push_back({links.established().at(to), std::move(after), peer.next_fetch,
                           options_.fetch_bytes, free});
    return;
  }
  send(to, peer, take_in_causal_order(ranges, free, state.logs()), links, now, out);
  peer.full = !ranges.empty();
}

/// The journal's order is causal, so blocks can be sent in the order read.
void Replication::fetched(BranchId to, const Fetched& fetched, const State& state, Links& links,
                          Instant now, Effects& out) {
  const auto found = peers_.find(to);
  if (found == peers_.end() || links.established().at(to) != fetched.link) {
    return;
  }
  Peer& peer = found->second;
  const VersionVector& has = matched(to);
  const VersionVector& late = overdue(peer, now);
  std::vector<Block> wanted;
  VersionVector sent = peer.sent;
  for (const Block& block : fetched.blocks) {
    const Origin origin = block.origin();
    const Sequence before = std::max(sent.at(origin), has.at(origin));
    if (origin != peer.origin && block.head().first.value == before.value + 1 &&
        block.end().end.sequence <= sendable(to, origin, late, state)) {
      wanted.push_back(block);
      sent.raise(block.end().end);
    }
  }
  peer.fetching = false;
  peer.next_fetch = fetched.next;
  peer.more = peer.more || fetched.next != 0 || !wanted.empty();
  send(to, peer, std::move(wanted), links, now, out);
}

/// Entries applied since the last call concern the peers to which this branch hands them, and the
/// peers that wait for its report.
void Replication::note_applied(const State& state, Instant now) {
  const VersionVector& applied = state.applied();
  if (applied == seen_) {
    return;
  }
  for (const auto& [origin, sequence] : seen_.missing(applied)) {
    verify(origin, state);
    grown_[origin] = patience_.heeded(now);
    const bool own = origin.branch == topology_.self();
    for (const BranchId to : own ? topology_.branches() : children(origin.branch)) {
      if (const auto peer = peers_.find(to); peer != peers_.end()) {
        peer->second.due.insert(origin);
      }
    }
    if (strays(origin.branch)) {
      astray_.insert(origin);
    }
    for (const BranchId to : {topology_.source_of(origin.branch), origin.branch}) {
      if (const auto peer = peers_.find(to); peer != peers_.end()) {
        peer->second.unreported.insert(origin);
      }
    }
  }
  seen_ = applied;
  next_report_ = std::min(next_report_, now + patience_.for_reports());
  next_turn_ = std::min(next_turn_, now + patience_.for_entries());
}

void Replication::flush(const State& state, Links& links, Instant now, Effects& out) {
  release_own(state, now);
  turn_snapshots(state, now);
  say_by_another_way(state);
  note_held_by_all(state, now);
  const bool to_all = now >= next_report_;
  if (to_all) {
    next_report_ = kNever;
  }
  for (auto& [id, peer] : peers_) {
    if (peer.more || !peer.due.empty()) {
      send_blocks(id, peer, state, links, now, out);
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
  return std::min({next_turn_, next_report_, looks_at_all_, release, gathering});
}

}  // namespace passbook
