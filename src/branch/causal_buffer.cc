// SPDX-License-Identifier: Apache-2.0
#include "branch/causal_buffer.h"

#include <algorithm>

namespace passbook {

CausalBuffer::Took CausalBuffer::offer(Entry entry, const VersionVector& applied) {
  const EntryId id = entry.id;
  const auto queue = waiting_.find(id.origin);
  const Sequence held =
      queue == waiting_.end() ? applied.at(id.origin) : queue->second.back().id.sequence;
  if (id.sequence <= held) {
    return Took::duplicate;
  }
  if (id.sequence.value > held.value + 1) {
    return Took::gap;
  }
  waiting_[id.origin].push_back(std::move(entry));
  return Took::fresh;
}

std::optional<Entry> CausalBuffer::next(const VersionVector& applied, const Seals& seals) {
  for (auto queue = waiting_.begin(); queue != waiting_.end(); ++queue) {
    Entry& front = queue->second.front();
    const bool ready = std::ranges::all_of(
        front.dependencies, [&](const EntryId& needed) { return applied.covers(needed); });
    if (!ready || !seals.allows(front.id)) {
      continue;
    }
    std::optional<Entry> out(std::move(front));
    queue->second.pop_front();
    if (queue->second.empty()) {
      waiting_.erase(queue);
    }
    return out;
  }
  return std::nullopt;
}

void CausalBuffer::drop_lost(const Seals& seals) {
  drop_last([&](const EntryId& id) { return seals.lost(id); });
}

bool CausalBuffer::drop_beyond(EntryId end) {
  return drop_last([&](const EntryId& id) { return id.origin == end.origin && id > end; });
}

/// Forgets of each log the entries at its end that are gone. True when there were any.
template <class Gone>
bool CausalBuffer::drop_last(Gone gone) {
  bool any = false;
  for (auto& [origin, queue] : waiting_) {
    while (!queue.empty() && gone(queue.back().id)) {
      queue.pop_back();
      any = true;
    }
  }
  std::erase_if(waiting_, [](const auto& queue) { return queue.second.empty(); });
  return any;
}

}  // namespace passbook
