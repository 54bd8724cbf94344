// SPDX-License-Identifier: Apache-2.0
#include "branch/replication.h"

#include <algorithm>

namespace passbook {

/// Whether positions of a branch's process count. They do from now on if it is a later one.
bool Replication::counts(Origin branch, ProcessId process, const State& state) {
  const bool connected = router_.is_connected(branch.branch);
  const auto counts = progress_.counts(branch, process, connected, state);
  if (counts == ProgressTable::Counts::anew) {
    begin_anew(branch, process);
  }
  return counts != ProgressTable::Counts::no;
}

void Replication::begin_anew(Origin branch, ProcessId process) {
  progress_.begin_anew(branch, process);
  router_.begin_anew(branch.branch);
}

void Replication::connected(Origin peer, ProcessId process, const std::vector<TaggedPosition>& has,
                            const State& state, Instant now) {
  begin_anew(peer, process);
  for (const TaggedPosition& position : has) {
    const Logs::Match match = state.logs().compare(position);
    if (match != Logs::Match::other) {
      progress_.raise(peer.branch, position.end);
      progress_.vouch(peer.branch, position, match, state);
    }
  }
  sender_.connected(peer, has, now);
  router_.connected(peer.branch, now);
}

void Replication::disconnected(BranchId peer) {
  sender_.disconnected(peer);
  router_.disconnected(peer, seen_);
}

std::vector<Replication::Gain> Replication::learn(BranchId from, const Progress& progress,
                                                  const State& state, Instant now) {
  std::vector<Gain> gains;
  const Origin by{from, progress_.incarnation(from)};
  const ProcessId process = progress_.process(from);
  for (const TaggedPosition& position : progress.own) {
    learn({from, {by, position, process}, false}, state, now, gains);
  }
  for (const Report& report : progress.reports) {
    if (report.by.branch != topology_.self() && topology_.contains(report.by.branch)) {
      learn({from, report, true}, state, now, gains);
    }
  }
  for (const TaggedPosition& position : progress.everywhere) {
    for (const BranchId branch : router_.hear_everywhere(from, position, state, now)) {
      now_has(branch, position.end);
      progress_.vouch(branch, position, Logs::Match::same, state);
    }
  }
  if (!gains.empty()) {
    router_.check_everywhere_soon(now);
  }
  return gains;
}

void Replication::learn(const ReportRouter::Said& said, const State& state, Instant now,
                        std::vector<Gain>& gains) {
  const auto& [by, position, process] = said.report;
  const bool counted = counts(by, process, state);
  const EntryId end = position.end;
  const Logs::Match match = state.logs().compare(position);
  if (end.origin != state.self() && match != Logs::Match::other) {
    router_.pass_on(said, state);
  }
  if (!counted || match == Logs::Match::other) {
    return;
  }
  const Sequence before = progress_.vouched(by.branch, end.origin);
  const auto since = router_.connected_since(by.branch);
  if (progress_.vouch(by.branch, position, match, state) && end.origin == state.self()) {
    gains.push_back({by.branch, before, end.sequence});
    progress_.moved(by.branch, patience_.heeded(now));
    patience_.confirmed(before, end.sequence, since.value_or(Instant{}), now);
  }
  // A connected peer reports itself which entries it need not be sent.
  const bool hearsay = since && by.branch != said.from;
  if (!hearsay) {
    now_has(by.branch, end);
  }
}

/// Notes that a branch no longer needs these entries.
void Replication::now_has(BranchId branch, EntryId end) {
  if (progress_.raise(branch, end)) {
    sender_.advanced(branch);
  }
}

/// A peer that sends entries that were here already has not heard of that.
void Replication::has_sent(BranchId from, const Blocks& blocks, const State& state) {
  for (const Block& block : blocks.blocks) {
    const TaggedPosition end = block.end();
    progress_.raise(from, end.end);
    progress_.vouch(from, end, state.logs().compare(end), state);
    if (state.applied().covers(end.end)) {
      router_.sent_again(from, end.end);
    }
  }
}

std::vector<BranchId> Replication::stuck_before(EntryId entry, Instant now) const {
  const Instant sent = entry.origin.branch == topology_.self()
                           ? patience_.heeded_when_sent(entry.sequence)
                           : Instant{};
  const Instant long_ago = patience_.heeded(now) - patience_.for_calls();
  std::vector<BranchId> out = lacking(entry);
  std::erase_if(out, [&](BranchId branch) {
    return std::max(progress_.last_moved(branch), sent) > long_ago;
  });
  return out;
}

bool Replication::stands_still(Origin origin, Instant now) const {
  const auto grown = grown_.find(origin);
  return grown == grown_.end() || patience_.heeded(now) >= grown->second + patience_.for_calls();
}

std::uint32_t Replication::holders(EntryId entry) const {
  return static_cast<std::uint32_t>(topology_.branches().size() - lacking(entry).size());
}

/// Entries applied since the last call concern the peers to which this branch hands them, and the
/// peers that wait for its report.
void Replication::note_applied(const State& state, Instant now) {
  const VersionVector& applied = state.applied();
  if (applied == seen_) {
    return;
  }
  for (const auto& [origin, sequence] : seen_.missing(applied)) {
    progress_.verify(origin, state);
    grown_[origin] = patience_.heeded(now);
    const bool own = origin.branch == topology_.self();
    sender_.grown(origin, own ? topology_.branches() : router_.receivers(origin.branch));
    router_.grown(origin);
  }
  seen_ = applied;
  sender_.applied(now);
  router_.applied(now);
}

void Replication::flush(const State& state, Links& links, Instant now, Effects& out) {
  sender_.turn(state, now);
  router_.turn(state, now);
  for (const BranchId peer : router_.peers()) {
    sender_.send(peer, state, links, now, out);
    router_.send(peer, state, links, now, out);
  }
}

}  // namespace passbook
