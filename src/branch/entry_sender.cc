// SPDX-License-Identifier: Apache-2.0
#include "branch/entry_sender.h"

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

void EntrySender::Overrun::advanced() {
  advanced_ = true;
  stuck_ = beyond_;
}

void EntrySender::Overrun::turn() { stuck_ = !std::exchange(advanced_, false); }

bool EntrySender::Overrun::begin() {
  stuck_ = false;
  return !std::exchange(beyond_, true);
}

void EntrySender::connected(Origin peer, const std::vector<TaggedPosition>& has, Instant now) {
  Peer& made = peers_[peer.branch] = {.origin = peer};
  for (const TaggedPosition& position : has) {
    made.sent.raise(position.end);
  }
  made.heeded_since = patience_.heeded(now);
  made.turn =
      1 + static_cast<int>(std::bit_width(topology_.helpers_before(peer.branch) / kFirstHelpers));
  applied(now);
}

void EntrySender::advanced(BranchId branch) {
  if (const auto peer = peers_.find(branch); peer != peers_.end()) {
    peer->second.all_due = peer->second.all_due || peer->second.flow == Flow::blocked;
    peer->second.overrun.advanced();
  }
}

void EntrySender::grown(Origin origin, std::span<const BranchId> receivers) {
  for (const BranchId to : receivers) {
    if (const auto peer = peers_.find(to); peer != peers_.end()) {
      peer->second.due.insert(origin);
    }
  }
}

void EntrySender::applied(Instant now) {
  next_turn_ = std::min(next_turn_, now + patience_.for_entries());
}

void EntrySender::turn(const State& state, Instant now) {
  release_own(state, now);
  if (now < next_turn_) {
    return;
  }
  turns_.emplace_back(patience_.heeded(now), state.applied());
  while (turns_.size() > 1 && turns_[1].first <= turns_.back().first - 2 * options_.patience_most) {
    turns_.pop_front();
  }
  for (auto& [id, peer] : peers_) {
    peer.all_due = true;
    peer.overrun.turn();
  }
  next_turn_ = anyone_lacks_anything(state.applied()) ? now + patience_.for_entries() : kNever;
}

void EntrySender::release_own(const State& state, Instant now) {
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
        peer.all_due = true;
      }
    }
  }
  patience_.sent(released_, now);
}

/// A peer has its own log, even if it never reported that: the entries may have come through
/// others.
bool EntrySender::anyone_lacks_anything(const VersionVector& applied) const {
  return std::ranges::any_of(
      peers_, [&](const auto& peer) { return progress_.lag(peer.second.origin, applied) > 0; });
}

/// The entries that a peer should have received the direct way by now. If an entry is here, and
/// comes to the peer from the place where this branch got it, it arrives after the delay from here
/// to there at the latest. Then the peer's report must come back.
const VersionVector& EntrySender::overdue(const Peer& peer, Instant now) const {
  static const VersionVector kNothing;
  const Duration wait =
      std::min(peer.turn * patience_.for_entries(peer.round_trip), 2 * options_.patience_most);
  const Instant then = patience_.heeded(now) - wait;
  const auto later =
      std::ranges::upper_bound(turns_, then, {}, &decltype(turns_)::value_type::first);
  return peer.heeded_since > then || later == turns_.begin() ? kNothing : std::prev(later)->second;
}

Sequence EntrySender::sendable(BranchId to, Origin origin, const VersionVector& overdue,
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

std::size_t EntrySender::unconfirmed(BranchId to, const Peer& peer) const {
  const VersionVector& has = progress_.has(to);
  std::size_t sum = 0;
  for (const EntryId& sent : peer.sent.positions()) {
    const Sequence confirmed = has.at(sent.origin);
    sum += sent.sequence > confirmed ? sent.sequence.value - confirmed.value : 0;
  }
  return sum;
}

/// The number of entries that may be sent now.
std::size_t EntrySender::free_in_window(BranchId to, Peer& peer) const {
  const std::size_t taken = unconfirmed(to, peer);
  if (taken < options_.window_entries) {
    peer.overrun.window_opened();
    return options_.window_entries - taken;
  }
  if (!peer.overrun.may_begin()) {
    return 0;
  }
  if (peer.overrun.begin()) {
    peer.next_fetch = 0;  // entries it waits for may have been skipped
  }
  return options_.beyond_window;
}

/// Sends the blocks in as many messages as necessary.
void EntrySender::send(BranchId to, Peer& peer, std::vector<Block> blocks, Links& links,
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

void EntrySender::send(BranchId to, const State& state, Links& links, Instant now, Effects& out) {
  Peer& peer = peers_.at(to);
  if (peer.flow == Flow::from_journal || (!peer.all_due && peer.due.empty())) {
    return;
  }
  std::vector<Range> ranges;
  bool all_in_memory = true;
  const VersionVector& has = progress_.has(to);
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
  if (std::exchange(peer.all_due, false)) {
    for (const EntryId& position : state.applied().positions()) {
      look_at(position.origin);
    }
  } else {
    std::ranges::for_each(peer.due, look_at);
  }
  peer.due.clear();
  peer.flow = Flow::streaming;
  if (ranges.empty()) {
    return;
  }
  const std::size_t free = free_in_window(to, peer);
  if (!all_in_memory && free > 0) {
    peer.flow = Flow::from_journal;
    VersionVector after = peer.sent;
    after.merge(has);
    out.fetches.push_back({links.established().at(to), std::move(after), peer.next_fetch,
                           options_.fetch_bytes, free});
    return;
  }
  send(to, peer, take_in_causal_order(ranges, free, state.logs()), links, now, out);
  peer.flow = ranges.empty() ? Flow::streaming : Flow::blocked;
}

/// The journal's order is causal, so blocks can be sent in the order read.
void EntrySender::fetched(BranchId to, const Fetched& fetched, const State& state, Links& links,
                          Instant now, Effects& out) {
  const auto found = peers_.find(to);
  if (found == peers_.end() || links.established().at(to) != fetched.link) {
    return;
  }
  Peer& peer = found->second;
  const VersionVector& has = progress_.has(to);
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
  peer.flow = Flow::streaming;
  peer.next_fetch = fetched.next;
  peer.all_due = peer.all_due || fetched.next != 0 || !wanted.empty();
  send(to, peer, std::move(wanted), links, now, out);
}

Instant EntrySender::wake() const {
  return std::min(next_turn_, held_back_.empty() ? kNever : held_back_.front().second);
}

}  // namespace passbook
