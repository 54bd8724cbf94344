// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/streams.h"

#include <algorithm>

namespace passbook::sim {

void Streams::open(BranchId dialer, BranchId dialed) {
  const LinkId link{++last_link_};
  Stream& stream = streams_[link.value];
  stream.dialer.branch = dialer;
  stream.dialed.branch = dialed;
  order_.push_back(link);
  ++world_.coverage.worked.streams;
  to_branch_(dialer, LinkUp{link, branch_on(dialed)});
  to_branch_(dialed, LinkUp{link, std::nullopt});
}

void Streams::send(BranchId from, LinkId link, Envelope envelope) {
  const auto found = streams_.find(link.value);
  if (found == streams_.end()) {
    return;
  }
  Stream& stream = found->second;
  const bool to_dialed = stream.dialer.branch == from;
  if (!stream.end(!to_dialed).open) {
    return;
  }
  ++world_.coverage.messages.at(envelope.message.index());
  ++world_.coverage.worked.messages;
  if (std::holds_alternative<Blocks>(envelope.message)) {
    world_.coverage.worked.entries += sends_in(envelope.message);
  }
  if (watch) {
    watch(from, envelope);
  }
  if (alter) {
    alter(from, envelope);
  }
  travel(link, stream, to_dialed, std::move(envelope));
}

void Streams::travel(LinkId link, Stream& stream, bool to_dialed, Envelope envelope) {
  End& end = stream.end(to_dialed);
  if (!end.open) {  // that end is closed: the sender's machine is told
    tell_end(link, stream, !to_dialed, /*silently=*/false);
    return;
  }
  if (blocked(stream, to_dialed) || !end.waits.empty()) {
    end.waits.push_back(std::move(envelope));
    return;
  }
  if (network_.loses()) {
    tear(link, stream, to_dialed, "stream broken");
    return;
  }
  if (network_.too_large(envelope)) {
    tear(link, stream, to_dialed, "message too large");
    return;
  }
  const Duration longer =
      std::exchange(end.heard_nothing, false) ? network_.late_hello() : Duration{};
  end.last = std::max(end.last, world_.now + delay(stream, to_dialed) + longer);
  if (longer > Duration{}) {
    world_.struck("late hello");
    if (late) {
      late(stream.end(!to_dialed).branch);
    }
  }
  world_.agenda.put(end.last, ReachEnd{link, to_dialed, std::move(envelope)});
}

/// Breaks a stream, and tells both ends.
void Streams::tear(LinkId link, Stream& stream, bool first_dialed, const char* why) {
  world_.struck(why);
  tell_end(link, stream, first_dialed, /*silently=*/false);
  tell_end(link, stream, !first_dialed, /*silently=*/false);
}

/// Tells an end that the stream is over, after all messages that are on their way to it.
void Streams::tell_end(LinkId link, Stream& stream, bool at_dialed, bool silently) {
  End& end = stream.end(at_dialed);
  if (!end.open || silently) {
    return;
  }
  if (blocked(stream, at_dialed)) {
    end.word_waits = true;
    return;
  }
  end.last = std::max(end.last, world_.now + delay(stream, at_dialed));
  world_.agenda.put(end.last, EndBreaks{link, at_dialed});
}

void Streams::close(BranchId by, LinkId link) {
  const auto found = streams_.find(link.value);
  if (found == streams_.end()) {
    return;
  }
  Stream& stream = found->second;
  const bool dialer = stream.dialer.branch == by;
  if (std::exchange(stream.end(!dialer).open, false)) {
    tell_end(link, stream, dialer, /*silently=*/false);
    to_branch_(by, LinkDown{link});
    forget_if_over(link);
  }
}

void Streams::vanish(BranchId branch, bool silently) {
  for (const LinkId link : std::vector(order_)) {
    const auto found = streams_.find(link.value);
    if (found == streams_.end()) {
      continue;
    }
    Stream& stream = found->second;
    for (const bool dialed : {false, true}) {
      End& end = stream.end(dialed);
      if (end.branch == branch && std::exchange(end.open, false)) {
        tell_end(link, stream, !dialed, silently);
      }
    }
    forget_if_over(link);
  }
}

std::vector<std::pair<LinkId, BranchId>> Streams::of(BranchId branch) const {
  std::vector<std::pair<LinkId, BranchId>> out;
  for (const LinkId link : order_) {
    const auto found = streams_.find(link.value);
    if (found == streams_.end() || !found->second.dialer.open || !found->second.dialed.open) {
      continue;
    }
    const auto& [dialer, dialed] = found->second;
    if (dialer.branch == branch || dialed.branch == branch) {
      out.emplace_back(link, dialer.branch == branch ? dialed.branch : dialer.branch);
    }
  }
  return out;
}

void Streams::retry() {
  for (const LinkId link : order_) {
    const auto found = streams_.find(link.value);
    if (found == streams_.end()) {
      continue;
    }
    Stream& stream = found->second;
    for (const bool to_dialed : {false, true}) {
      End& end = stream.end(to_dialed);
      if (blocked(stream, to_dialed)) {
        continue;
      }
      for (Envelope& envelope : std::exchange(end.waits, {})) {
        travel(link, stream, to_dialed, std::move(envelope));
      }
      if (std::exchange(end.word_waits, false)) {
        tell_end(link, stream, to_dialed, /*silently=*/false);
      }
    }
  }
}

void Streams::happen(ReachEnd& arrival) {
  const auto found = streams_.find(arrival.link.value);
  if (found == streams_.end()) {
    return;
  }
  End& end = found->second.end(arrival.to_dialed);
  if (end.open) {
    to_branch_(end.branch, Received{arrival.link, std::move(arrival.envelope)});
  } else {
    tell_end(arrival.link, found->second, !arrival.to_dialed, /*silently=*/false);
  }
}

void Streams::happen(const EndBreaks& broken) {
  const auto found = streams_.find(broken.link.value);
  if (found == streams_.end()) {
    return;
  }
  End& end = found->second.end(broken.at_dialed);
  if (std::exchange(end.open, false)) {
    to_branch_(end.branch, LinkDown{broken.link});
    tell_end(broken.link, found->second, !broken.at_dialed, /*silently=*/false);
  }
  forget_if_over(broken.link);
}

/// Forgets a stream once both ends are closed, since nothing more can happen on it.
void Streams::forget_if_over(LinkId link) {
  const auto found = streams_.find(link.value);
  if (found != streams_.end() && !found->second.dialer.open && !found->second.dialed.open) {
    streams_.erase(found);
    std::erase(order_, link);
  }
}

}  // namespace passbook::sim
