// SPDX-License-Identifier: Apache-2.0
#include "branch/causal_buffer.h"

#include <algorithm>

namespace passbook {
namespace {

Head end_of(const Block& block) { return {block.end().end.sequence, block.digest()}; }

/// Whether an entry takes over rights of an incarnation that is not known to have ended.
bool releases_too_early(const Entry& entry, const Seals& seals) {
  const auto* release = std::get_if<Release>(&entry.change);
  return release != nullptr && !seals.over(release->from);
}

bool ready(const Block& block, const VersionVector& applied, const Seals& seals) {
  return seals.allows(block.end().end) &&
         std::ranges::all_of(
             block.head().dependencies,
             [&](const TaggedPosition& needed) { return applied.covers(needed.end); }) &&
         std::ranges::none_of(block.entries(),
                              [&](const Entry& entry) { return releases_too_early(entry, seals); });
}

}  // namespace

CausalBuffer::Took CausalBuffer::offer(const Block& block, const Head& head) {
  const auto queue = waiting_.find(block.origin());
  const bool holds = queue != waiting_.end();
  const Head held = holds ? end_of(queue->second.back()) : head;
  const Sequence first = block.head().first;
  if (first.value > held.end.value + 1) {
    return Took::gap;
  }
  if (first > held.end) {
    if (block.head().previous != held.digest) {
      return Took::fork;
    }
    waiting_[block.origin()].push_back(block);
    return Took::fresh;
  }
  if (!holds || first <= head.end) {
    return block.end().end.sequence <= head.end ? Took::duplicate : Took::fork;
  }
  const auto same = std::ranges::find(queue->second, first,
                                      [](const Block& waits) { return waits.head().first; });
  return same != queue->second.end() && same->digest() == block.digest() ? Took::duplicate
                                                                         : Took::fork;
}

std::optional<Block> CausalBuffer::next(const VersionVector& applied, const Seals& seals) {
  for (auto queue = waiting_.begin(); queue != waiting_.end(); ++queue) {
    if (!ready(queue->second.front(), applied, seals)) {
      continue;
    }
    std::optional<Block> out(queue->second.front());
    queue->second.pop_front();
    if (queue->second.empty()) {
      waiting_.erase(queue);
    }
    return out;
  }
  return std::nullopt;
}

bool CausalBuffer::drop_beyond(EntryId end, ProcessId process) {
  const auto found = waiting_.find(end.origin);
  if (found == waiting_.end()) {
    return false;
  }
  auto& queue = found->second;
  const auto lost = std::ranges::find_if(queue, [&](const Block& block) {
    return block.head().process != process && block.end().end > end;
  });
  const bool any = lost != queue.end();
  queue.erase(lost, queue.end());
  if (queue.empty()) {
    waiting_.erase(found);
  }
  return any;
}

std::size_t CausalBuffer::size() const {
  std::size_t out = 0;
  for (const auto& [origin, queue] : waiting_) {
    out += queue.size();
  }
  return out;
}

bool CausalBuffer::drop_over(BranchId branch, Incarnation below) {
  return std::erase_if(waiting_, [&](const auto& queue) {
           return queue.first.branch == branch && queue.first.incarnation < below;
         }) > 0;
}

}  // namespace passbook
