// SPDX-License-Identifier: Apache-2.0
#include "branch/links.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/random.h"

namespace passbook {
namespace {

/// The most reasons reported per outage. A peer may alternate between a few failures; more reports
/// would not help.
constexpr std::size_t kMostReasons = 4;

/// A peer's distance is measured again after this many heartbeat intervals, since it may change. On
/// an idle stream the question costs nothing extra.
constexpr int kAsksAfter = 10;

}  // namespace

void Links::up(LinkId link, std::optional<BranchId> dialed, Instant now) {
  if (dialed) {
    dialing_[*dialed].under_way = false;
    help_calls_.end(*dialed, now, patience_.missed());
  }
  links_[link] = {.dialed = dialed,
                  .peer = {},
                  .process = {},
                  .since = now,
                  .heard = now,
                  .spoke = now,
                  .missed = patience_.missed()};
}

std::optional<BranchId> Links::down(const LinkDown& event, Instant now, Effects& out) {
  const auto found = links_.find(event.link);
  if (found == links_.end()) {
    return std::nullopt;
  }
  const Link ended = found->second;
  links_.erase(found);
  if (ended.dialed && now - ended.since < options_.redial_most) {
    redial_later(*ended.dialed, now);  // a peer that hangs up at once is not dialed again at once
  } else if (ended.dialed) {
    dialing_.erase(*ended.dialed);
  }
  if (ended.dialed && !ended.peer) {
    not_reached(*ended.dialed, event.why, out);
  }
  if (!ended.peer || established_.at(ended.peer->branch) != event.link) {
    return std::nullopt;
  }
  established_.erase(ended.peer->branch);
  lost(*ended.peer, event.why, now, out);
  return ended.peer->branch;
}

void Links::dial_failed(const DialFailed& event, Instant now, Effects& out) {
  redial_later(event.peer, now);
  help_calls_.end(event.peer, now, patience_.missed());
  not_reached(event.peer, event.why, out);
}

void Links::gained(Origin peer, Instant now, Effects& out) {
  Peer& known = peers_[peer.branch];
  known.contact.since = now;
  known.contact.unreachable.clear();
  known.unreachable = {};
  known.refused = {};
  out.observations.emplace_back(PeerConnected{peer});
}

void Links::lost(Origin peer, const std::string& why, Instant now, Effects& out) {
  Contact& contact = peers_[peer.branch].contact;
  contact.since = now;
  contact.last_end = why;
  out.observations.emplace_back(PeerLost{peer, why});
}

void Links::not_reached(BranchId peer, const std::string& why, Effects& out) {
  if (connected(peer)) {
    return;  // connected over another stream
  }
  Peer& known = peers_[peer];
  known.contact.unreachable = why;
  if (known.unreachable.add(why)) {
    out.observations.emplace_back(PeerUnreachable{peer, why});
  }
}

bool Links::ReportedReasons::add(const std::string& why) {
  if (reasons_.size() >= kMostReasons || std::ranges::find(reasons_, why) != reasons_.end()) {
    return false;
  }
  reasons_.push_back(why);
  return true;
}

bool Links::refused_anew(BranchId peer, const std::string& why) {
  return peers_[topology_.contains(peer) ? peer : BranchId{}].refused.add(why);
}

Links::Contact Links::contact(BranchId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? Contact{} : found->second.contact;
}

void Links::redial_later(BranchId peer, Instant now) {
  Dialing& dialing = dialing_[peer];
  dialing.under_way = false;
  dialing.wait = std::clamp(dialing.wait * 2, options_.redial_first, options_.redial_most);
  ++dialing.failed;
  dialing.next = now + dialing.wait - jitter(peer, dialing);
}

/// Up to half of the wait, so that branches that lost a peer together don't all dial it together.
/// Deterministic for each branch.
Duration Links::jitter(BranchId peer, const Dialing& dialing) const {
  const std::uint64_t pair = (std::uint64_t{topology_.self().value} << 32U) | peer.value;
  Random random(pair ^ (dialing.failed << 20U));
  return Duration(random.below(static_cast<std::uint64_t>(dialing.wait.count()) / 2 + 1));
}

void Links::heard(LinkId link, Instant now) {
  if (const auto found = links_.find(link); found != links_.end()) {
    found->second.heard = now;
    found->second.missed = patience_.missed();
  }
}

std::optional<Duration> Links::answered(BranchId peer, Instant now) {
  const auto asked = std::exchange(links_.at(established_.at(peer)).asked, std::nullopt);
  return asked ? std::optional(now - *asked) : std::nullopt;
}

BranchId Links::opener(const Link& link) const {
  return link.dialed ? topology_.self() : link.peer->branch;
}

bool Links::establish(LinkId link, Origin peer, Instant now, Effects& out, ProcessId process) {
  links_.at(link).peer = peer;
  links_.at(link).process = process;
  const auto current = established_.find(peer.branch);
  if (current == established_.end()) {
    established_.emplace(peer.branch, link);
  } else if (links_.at(current->second).process != process ||
             opener(links_.at(link)) >= opener(links_.at(current->second))) {
    const LinkId replaced = std::exchange(current->second, link);
    lost(*links_.at(replaced).peer, "replaced by a newer stream", now, out);
    close(replaced, "replaced by a newer stream", now, out);
  } else {
    close(link, "there is a better stream", now, out);
    return false;
  }
  gained(peer, now, out);
  speak(link, links_.at(link), now, out);
  return true;
}

std::optional<BranchId> Links::close(LinkId link, std::string why, Instant now, Effects& out) {
  out.closes.push_back(link);
  return down({link, std::move(why)}, now, out);
}

std::optional<Origin> Links::peer(LinkId link) const {
  const auto found = links_.find(link);
  return found == links_.end() ? std::nullopt : found->second.peer;
}

std::optional<BranchId> Links::dialed(LinkId link) const {
  const auto found = links_.find(link);
  return found == links_.end() ? std::nullopt : found->second.dialed;
}

Origin Links::origin(BranchId peer) const { return *links_.at(established_.at(peer)).peer; }

std::optional<ProcessId> Links::process(BranchId peer) const {
  const auto link = established_.find(peer);
  return link == established_.end() ? std::nullopt : std::optional(links_.at(link->second).process);
}

void Links::want(BranchId peer, Instant now) {
  if (peer != topology_.self() && !topology_.is_neighbour(peer)) {
    wanted_[peer] = now + options_.linger;
  }
}

void Links::send(BranchId peer, PeerMessage message, Instant now, Effects& out) {
  send(established_.at(peer), std::move(message), now, out);
}

void Links::send(LinkId link, PeerMessage message, Instant now, Effects& out) {
  links_.at(link).spoke = now;
  out.sends.push_back({link, {std::move(message)}});
}

bool Links::should_dial(BranchId peer) const {
  if (established_.contains(peer)) {
    return false;
  }
  const auto dialing = dialing_.find(peer);
  if (dialing != dialing_.end() && dialing->second.under_way) {
    return false;
  }
  return std::ranges::none_of(links_, [&](const auto& link) { return link.second.dialed == peer; });
}

/// When a stream counts as silent if nothing arrives before. While this branch was late, its peers
/// may have sent messages that it has not read, so its lateness is added. After three timeouts the
/// lateness no longer matters.
Instant Links::silent_at(const Link& link) const {
  return link.heard + std::min(options_.link_timeout + patience_.missed() - link.missed,
                               3 * options_.link_timeout);
}

/// Streams that were silent for too long, and streams to branches that are neither neighbours nor
/// wanted any longer, each with the reason.
std::vector<LinkDown> Links::silent_or_unwanted(Instant now) const {
  const auto seconds = std::chrono::duration<double>(options_.link_timeout).count();
  std::vector<LinkDown> out;
  for (const auto& [id, link] : links_) {
    const bool wanted =
        !link.dialed || topology_.is_neighbour(*link.dialed) || wanted_.contains(*link.dialed);
    if (now >= silent_at(link)) {
      out.push_back({id, fmt::format("silent for {:g} s", seconds)});
    } else if (!wanted) {
      out.push_back({id, "no longer needed"});
    }
  }
  return out;
}

void Links::dial_when_due(BranchId peer, Instant now, Effects& out) {
  if (should_dial(peer) && dialing_[peer].next <= now) {
    dialing_[peer].under_way = true;
    out.dials.push_back(peer);
  }
}

/// Calls peers that have not failed yet first.
void Links::call_for_help(Instant now, Effects& out) {
  std::vector<BranchId> due;
  for (const auto& [peer, until] : wanted_) {
    if (topology_.is_neighbour(peer)) {
      dial_when_due(peer, now, out);
    } else if (should_dial(peer) && dialing_[peer].next <= now) {
      due.push_back(peer);
    }
  }
  std::ranges::stable_sort(due, {}, [&](BranchId peer) { return dialing_[peer].failed; });
  for (const BranchId peer : due) {
    if (help_calls_.next() > now) {
      break;
    }
    help_calls_.begin(peer, now, patience_.missed());
    dial_when_due(peer, now, out);
  }
}

/// When a peer must be sent a heartbeat, or be asked for an answer to measure its distance.
Instant Links::speaks_at(const Link& link) const {
  return std::min(link.spoke + options_.heartbeat_every, link.asks_next);
}

void Links::speak(LinkId id, Link& link, Instant now, Effects& out) {
  const bool asks = now >= link.asks_next;
  if (asks) {
    link.asked = now;
    link.asks_next = now + kAsksAfter * options_.heartbeat_every;
  }
  send(id, Heartbeat{.asks = asks}, now, out);
}

std::vector<BranchId> Links::tick(Instant now, Effects& out) {
  std::erase_if(wanted_, [&](const auto& wanted) { return wanted.second <= now; });
  std::vector<BranchId> lost;
  for (const auto& [link, why] : silent_or_unwanted(now)) {
    if (const auto peer = close(link, why, now, out)) {
      lost.push_back(*peer);
    }
  }
  for (auto& [id, link] : links_) {
    if (link.peer && now >= speaks_at(link)) {
      speak(id, link, now, out);
    }
  }
  for (const BranchId peer : topology_.neighbours()) {
    if (topology_.dials(peer)) {
      dial_when_due(peer, now, out);
    }
  }
  call_for_help(now, out);
  return lost;
}

Instant Links::wake() const {
  Instant wake = kNever;
  for (const auto& [id, link] : links_) {
    wake = std::min(wake, silent_at(link));
    if (link.peer) {
      wake = std::min(wake, speaks_at(link));
    }
  }
  for (const auto& [peer, dialing] : dialing_) {
    const bool ours =
        topology_.is_neighbour(peer) && (wanted_.contains(peer) || topology_.dials(peer));
    if (ours && should_dial(peer)) {
      wake = std::min(wake, dialing.next);
    }
  }
  for (const auto& [peer, until] : wanted_) {
    wake = std::min(wake, until);
    if (topology_.is_neighbour(peer) || !should_dial(peer)) {
      continue;
    }
    const auto dialing = dialing_.find(peer);
    const Instant due = dialing == dialing_.end() ? Instant{} : dialing->second.next;
    wake = std::min(wake, std::max(due, help_calls_.next()));
  }
  return wake;
}

}  // namespace passbook
