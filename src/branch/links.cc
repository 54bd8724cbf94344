// SPDX-License-Identifier: Apache-2.0
#include "branch/links.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {

void Links::up(LinkId link, std::optional<BranchId> dialed, Instant now) {
  if (dialed) {
    dialing_[*dialed].under_way = false;
  }
  links_[link] = {.dialed = dialed, .peer = std::nullopt, .heard = now, .spoke = now};
}

std::optional<BranchId> Links::down(LinkId link) {
  const auto found = links_.find(link);
  if (found == links_.end()) {
    return std::nullopt;
  }
  const std::optional<Origin> peer = found->second.peer;
  links_.erase(found);
  if (!peer || established_.at(peer->branch) != link) {
    return std::nullopt;
  }
  established_.erase(peer->branch);
  return peer->branch;
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

bool Links::establish(LinkId id, Origin peer, Effects& out) {
  Link& link = links_.at(id);
  link.peer = peer;
  const auto current = established_.find(peer.branch);
  if (current == established_.end()) {
    established_.emplace(peer.branch, id);
  } else if (opener(link) >= opener(links_.at(current->second))) {
    const LinkId replaced = current->second;
    current->second = id;
    close(replaced, out);
  } else {
    close(id, out);
    return false;
  }
  dialing_.erase(peer.branch);
  return true;
}

void Links::close(LinkId link, Effects& out) {
  links_.erase(link);
  out.closes.push_back(link);
}

std::optional<Origin> Links::peer(LinkId link) const {
  const auto found = links_.find(link);
  return found == links_.end() ? std::nullopt : found->second.peer;
}

Origin Links::origin(BranchId peer) const { return *links_.at(established_.at(peer)).peer; }

void Links::want(BranchId peer) {
  if (!topology_.is_neighbour(peer)) {
    wanted_.insert(peer);
  }
}

void Links::send(BranchId peer, PeerMessage message, Instant now, Effects& out) {
  send(established_.at(peer), std::move(message), now, out);
}

void Links::send(LinkId link, PeerMessage message, Instant now, Effects& out) {
  links_.at(link).spoke = now;
  out.sends.push_back({link, std::move(message)});
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

std::vector<BranchId> Links::tick(Instant now, Effects& out) {
  std::vector<LinkId> silent;
  for (auto& [id, link] : links_) {
    if (now - link.heard >= options_.link_timeout) {
      silent.push_back(id);
    } else if (now - link.spoke >= options_.heartbeat_every && link.peer) {
      send(id, Heartbeat{}, now, out);
    }
  }
  std::vector<BranchId> lost;
  for (const LinkId link : silent) {
    const auto peer = down(link);
    out.closes.push_back(link);
    if (peer) {
      lost.push_back(*peer);
    }
  }
  const auto dial_when_due = [&](BranchId peer) {
    if (should_dial(peer) && dialing_[peer].next <= now) {
      dialing_[peer].under_way = true;
      out.dials.push_back(peer);
    }
  };
  for (const BranchId peer : topology_.neighbours()) {
    if (topology_.dials(peer)) {
      dial_when_due(peer);
    }
  }
  std::ranges::for_each(wanted_, dial_when_due);
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
    if (should_dial(peer)) {
      wake = std::min(wake, dialing.next);
    }
  }
  return wake;
}

}  // namespace passbook
