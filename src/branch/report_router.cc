// SPDX-License-Identifier: Apache-2.0
#include "branch/report_router.h"

#include <algorithm>
#include <ranges>

namespace passbook {
namespace {

/// The most reports in one message: about 40 bytes each at most, and mostly far less.
constexpr std::size_t kMostReports = 8192;

/// How many peers are asked to pass on a report that can't go the usual way.
constexpr std::size_t kOtherWays = 3;

/// Takes up to `most` items off the end.
template <class Item>
std::vector<Item> take_last(std::vector<Item>& items, std::size_t most) {
  const auto first = items.end() - static_cast<std::ptrdiff_t>(std::min(most, items.size()));
  std::vector<Item> out(first, items.end());
  items.erase(first, items.end());
  return out;
}

}  // namespace

/// Passes on a report about a log if the sender is further from the origin: reports travel back the
/// way the entries came. Reports that are no news here, or don't count, are passed on too, since an
/// earlier one may have come from a branch whose reports are not passed on, or from a liar. A
/// branch that can't reach the peer that usually passes on its report asks another peer to do so;
/// that is done once.
void ReportRouter::pass_on(const Said& said, const State& state) {
  const auto& [from, report, by_another_way] = said;
  const Origin of = report.position.end.origin;
  const bool usual = topology_.passes_on_at_once(of.branch, from);
  const bool asked = by_another_way && state.applied().at(of) > Sequence{} &&
                     passed_on_[report.by.branch].raise(report.position.end);
  if (!usual && !asked) {
    return;
  }
  for (Peer* peer : towards(of.branch, from)) {
    peer->reports[{of, report.by}] = report;
  }
}

/// The peers to which reports about a log go: the one from which its entries come. While that one
/// is away, a few connected peers nearest to the log's origin, since some of these may have lost
/// their next peer too.
std::vector<ReportRouter::Peer*> ReportRouter::towards(BranchId origin,
                                                       std::optional<BranchId> not_to) {
  const auto usual = peers_.find(topology_.source_of(origin));
  if (usual != peers_.end() && usual->first != not_to) {
    return {&usual->second};
  }
  std::vector<std::pair<std::size_t, Peer*>> there;
  for (auto& [branch, peer] : peers_) {
    if (branch != not_to) {
      there.emplace_back(topology_.apart(origin, branch), &peer);
    }
  }
  std::ranges::stable_sort(there, {}, &std::pair<std::size_t, Peer*>::first);
  std::vector<Peer*> out;
  for (const auto& [apart, peer] : there | std::views::take(kOtherWays)) {
    out.push_back(peer);
    if (apart == 0) {
      break;
    }
  }
  return out;
}

/// Whether this branch's own reports about a log can't get anywhere.
bool ReportRouter::strays(BranchId origin) const {
  return origin != topology_.self() && !peers_.contains(origin) &&
         !peers_.contains(topology_.source_of(origin));
}

void ReportRouter::turn(const State& state, Instant now) {
  say_by_another_way(state);
  note_held_by_all(state, now);
  to_all_ = now >= next_report_;
  if (to_all_) {
    next_report_ = kNever;
  }
}

void ReportRouter::connected(BranchId peer, Instant now) {
  begin_anew(peer);
  peers_[peer] = {.since = now};
  applied(now);  // for progress since the Hello
}

void ReportRouter::disconnected(BranchId peer, const VersionVector& applied) {
  peers_.erase(peer);
  for (const EntryId& position : applied.positions()) {
    if (strays(position.origin.branch) &&
        (topology_.source_of(position.origin.branch) == peer || position.origin.branch == peer)) {
      astray_.insert(position.origin);
    }
  }
}

std::optional<Instant> ReportRouter::connected_since(BranchId branch) const {
  const auto peer = peers_.find(branch);
  return peer == peers_.end() ? std::nullopt : std::optional(peer->second.since);
}

void ReportRouter::grown(Origin origin) {
  if (strays(origin.branch)) {
    astray_.insert(origin);
  }
  for (const BranchId to : {topology_.source_of(origin.branch), origin.branch}) {
    if (const auto peer = peers_.find(to); peer != peers_.end()) {
      peer->second.unreported.insert(origin);
    }
  }
}

void ReportRouter::applied(Instant now) {
  next_report_ = std::min(next_report_, now + patience_.for_reports());
}

void ReportRouter::sent_again(BranchId peer, EntryId end) {
  if (const auto found = peers_.find(peer);
      found != peers_.end() && !found->second.acked.covers(end)) {
    found->second.unaware.insert(end.origin);
    found->second.unreported.insert(end.origin);
  }
}

/// Asks other peers to pass on this branch's own reports.
void ReportRouter::say_by_another_way(const State& state) {
  for (const Origin origin : std::exchange(astray_, {})) {
    if (!strays(origin.branch)) {
      continue;
    }
    const EntryId position{origin, state.applied().at(origin)};
    for (Peer* peer : towards(origin.branch, {})) {
      peer->reports[{origin, state.self()}] = {state.self(), state.logs().end_covering(position),
                                               state.process()};
    }
  }
}

/// Announces how much of the own log all branches have, the way the log's entries go. Then no
/// branch need tell all its neighbours that it has those entries, too.
void ReportRouter::note_held_by_all(const State& state, Instant now) {
  if (now < looks_at_all_) {
    return;
  }
  looks_at_all_ = kNever;
  const Origin self = state.self();
  EntryId end{self, Sequence{UINT64_MAX}};
  for (const BranchId branch : topology_.branches()) {
    end.sequence = std::min(end.sequence, progress_.vouched(branch, self));
    if (everywhere_.covers(end)) {
      return;
    }
  }
  everywhere_.raise(end);
  told_of_all_ = now;
  spread(end);
}

void ReportRouter::check_everywhere_soon(Instant now) {
  if (topology_.branches().size() > 2 && looks_at_all_ == kNever) {
    looks_at_all_ = std::max(now, told_of_all_ + options_.report_every / 2);
  }
}

/// Entries that all branches have are with every peer that has been connected for long. On a
/// younger stream, the origin may have meant the peer's earlier process, whose disk had more.
std::vector<BranchId> ReportRouter::hear_everywhere(BranchId from, const TaggedPosition& position,
                                                    const State& state, Instant now) {
  const EntryId end = position.end;
  const BranchId origin = end.origin.branch;
  if (end.origin == state.self() || state.logs().compare(position) != Logs::Match::same ||
      (from != origin && from != topology_.source_of(origin)) || !everywhere_.raise(end)) {
    return {};
  }
  spread(end);
  std::vector<BranchId> out;
  for (auto& [branch, peer] : peers_) {
    if (branch != origin && now - peer.since >= 2 * options_.link_timeout) {
      peer.presumed.raise(end);
      out.push_back(branch);
    }
  }
  return out;
}

void ReportRouter::spread(EntryId everywhere) {
  for (const BranchId branch : receivers(everywhere.origin.branch)) {
    if (const auto peer = peers_.find(branch); peer != peers_.end()) {
      peer->second.everywhere.insert(everywhere.origin);
    }
  }
}

void ReportRouter::tell_everywhere(Peer& peer, const State& state, Progress& progress) {
  for (const Origin origin : std::exchange(peer.everywhere, {})) {
    const EntryId position{origin, everywhere_.at(origin)};
    const TaggedPosition end = state.logs().end_covering(position);
    if (end.end == position) {  // otherwise the end of that block is forgotten
      progress.everywhere.push_back(end);
    }
  }
}

const std::vector<BranchId>& ReportRouter::receivers(BranchId origin) {
  auto receivers = receivers_.find(origin);
  if (receivers == receivers_.end()) {
    receivers = receivers_.emplace(origin, topology_.receivers_of(origin)).first;
  }
  return receivers->second;
}

/// Whether the branches to which this one hands an origin's entries have them up to `position`.
bool ReportRouter::all_receivers_have(EntryId position) {
  return std::ranges::all_of(receivers(position.origin.branch), [&](BranchId branch) {
    return progress_.has(branch).covers(position);
  });
}

/// The positions of this branch that a peer may have to be told.
std::vector<EntryId> ReportRouter::unreported(const Peer& peer, const State& state) const {
  if (to_all_ || peer.fresh) {
    return peer.acked.missing(state.applied());
  }
  std::vector<EntryId> out;
  for (const Origin origin : peer.unreported) {
    out.push_back({origin, state.applied().at(origin)});
  }
  return out;
}

/// Sends progress in as many messages as necessary.
void ReportRouter::send(BranchId to, Progress progress, Links& links, Instant now, Effects& out) {
  auto& [own, reports, everywhere] = progress;
  while (own.size() + reports.size() + everywhere.size() > kMostReports) {
    Progress part{.own = take_last(own, kMostReports), .reports = {}};
    part.reports = take_last(reports, kMostReports - part.own.size());
    part.everywhere = take_last(everywhere, kMostReports - part.own.size() - part.reports.size());
    links.send(to, std::move(part), now, out);
  }
  if (!own.empty() || !reports.empty() || !everywhere.empty()) {
    links.send(to, std::move(progress), now, out);
  }
}

void ReportRouter::send(BranchId to, const State& state, Links& links, Instant now, Effects& out) {
  Peer& peer = peers_.at(to);
  Progress progress;
  bool waiting = false;
  const bool waited = now >= peer.gathering_until;
  const auto positions = unreported(peer, state);
  peer.fresh = false;
  peer.unreported.clear();
  const std::set<Origin> unaware = std::exchange(peer.unaware, {});
  for (const EntryId& position : positions) {
    const BranchId origin = position.origin.branch;
    if (position.origin == state.self()) {
      continue;
    }
    const bool wanted = topology_.source_of(origin) == to || origin == to;
    const bool unknown = to_all_ && !peer.presumed.covers(position);
    const bool gathered = wanted && (to_all_ || waited || all_receivers_have(position));
    if (unknown || gathered || unaware.contains(position.origin)) {
      if (peer.acked.raise(position)) {
        progress.own.push_back(state.logs().end_covering(position));
      }
    } else if (wanted) {
      peer.unreported.insert(position.origin);
      waiting = true;
    }
  }
  std::erase_if(peer.reports, [&](const auto& report) {
    const auto& [origin, by] = report.first;
    const bool go = to_all_ || waited || all_receivers_have({origin, state.applied().at(origin)});
    if (go) {
      progress.reports.push_back(report.second);
    }
    waiting = waiting || !go;
    return go;
  });
  if (waited || to_all_ || !progress.own.empty() || !progress.reports.empty()) {
    tell_everywhere(peer, state, progress);
  }
  waiting = waiting || !peer.everywhere.empty();
  if (!waiting) {
    peer.gathering_until = kNever;
  } else if (peer.gathering_until == kNever || waited) {
    peer.gathering_until = now + options_.gather_reports;
  }
  send(to, std::move(progress), links, now, out);
}

Instant ReportRouter::wake() const {
  Instant gathering = kNever;
  for (const auto& [id, peer] : peers_) {
    gathering = std::min(gathering, peer.gathering_until);
  }
  return std::min({next_report_, looks_at_all_, gathering});
}

}  // namespace passbook
