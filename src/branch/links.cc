// SPDX-License-Identifier: Apache-2.0
#include "branch/links.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {

void Links::up(LinkId link, std::optional<BranchId> dialed, Instant now) {
  if (dialed) {
    dialing_[*dialed].under_way = false;
  }
  links_[link] = {
      .dialed = dialed, .peer = {}, .process = {}, .since = now, .heard = now, .spoke = now};
}

std::optional<BranchId> Links::down(LinkId link, Instant now) {
  const auto found = links_.find(link);
  if (found == links_.end()) {
    return std::nullopt;
  }
  const Link ended = found->second;
  links_.erase(found);
  if (ended.dialed && now - ended.since < options_.redial_most) {
    dial_failed(*ended.dialed, now);  // a peer that hangs up at once is not called at once again
  } else if (ended.dialed) {
    dialing_.erase(*ended.dialed);
  }
  if (!ended.peer || established_.at(ended.peer->branch) != link) {
    return std::nullopt;
  }
  established_.erase(ended.peer->branch);
  return ended.peer->branch;
}

void Links::dial_failed(BranchId peer, Instant now) {
  Dialing& dialing = dialing_[peer];
  dialing.under_way = false;
  dialing.wait = std::clamp(dialing.wait * 2, options_.redial_first, options_.redial_most);
  dialing.next = now + dialing.wait;
}

void Links::heard(LinkId link, Instant now) {
  if (const auto found = links_.find(link); found != links_.end()) {
    found->second.heard = now;
  }
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
    close(replaced, now, out);
  } else {
    close(link, now, out);
    return false;
  }
  return true;
}

std::optional<BranchId> Links::close(LinkId link, Instant now, Effects& out) {
  out.closes.push_back(link);
  return down(link, now);
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

/// Streams on which nothing was heard for too long, and those to branches that are not neighbours
/// and that this branch no longer wants.
std::vector<LinkId> Links::silent_or_unwanted(Instant now) {
  std::vector<LinkId> out;
  for (const auto& [id, link] : links_) {
    const bool wanted =
        !link.dialed || topology_.is_neighbour(*link.dialed) || wanted_.contains(*link.dialed);
    if (!wanted || now - link.heard >= options_.link_timeout) {
      out.push_back(id);
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

std::vector<BranchId> Links::tick(Instant now, Effects& out) {
  std::erase_if(wanted_, [&](const auto& wanted) { return wanted.second <= now; });
  std::vector<BranchId> lost;
  for (const LinkId link : silent_or_unwanted(now)) {
    if (const auto peer = close(link, now, out)) {
      lost.push_back(*peer);
    }
  }
  for (auto& [id, link] : links_) {
    if (now - link.spoke >= options_.heartbeat_every && link.peer) {
      send(id, Heartbeat{}, now, out);
    }
  }
  for (const BranchId peer : topology_.neighbours()) {
    if (topology_.dials(peer)) {
      dial_when_due(peer, now, out);
    }
  }
  for (const auto& [peer, until] : wanted_) {
    dial_when_due(peer, now, out);
  }
  return lost;
}

Instant Links::wake() const {
  Instant wake = kNever;
  for (const auto& [id, link] : links_) {
    wake = std::min(wake, link.heard + options_.link_timeout);
    if (link.peer) {
      wake = std::min(wake, link.spoke + options_.heartbeat_every);
    }
  }
  for (const auto& [peer, dialing] : dialing_) {
    const bool ours =
        wanted_.contains(peer) || (topology_.is_neighbour(peer) && topology_.dials(peer));
    if (ours && should_dial(peer)) {
      wake = std::min(wake, dialing.next);
    }
  }
  for (const auto& [peer, until] : wanted_) {
    const bool at_once = !dialing_.contains(peer) && should_dial(peer);
    wake = std::min(wake, at_once ? Instant{} : until);
  }
  return wake;
}

}  // namespace passbook
