// SPDX-License-Identifier: Apache-2.0
#include "branch/logs.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {

Head Logs::Log::head() const {
  return blocks.empty() ? dropped : Head{blocks.back().end().end.sequence, blocks.back().digest()};
}

std::size_t Logs::Log::earlier() const {
  return ends.size() - blocks.size() - (dropped.end > Sequence{} ? 1 : 0);
}

std::deque<TaggedPosition>::const_iterator Logs::Log::end_at(const EntryId& position) const {
  return std::ranges::lower_bound(ends, position, {}, &TaggedPosition::end);
}

Head Logs::head(Origin origin) const {
  const auto log = logs_.find(origin);
  return log == logs_.end() ? Head{} : log->second.head();
}

void Logs::append(const Block& block) {
  Log& log = logs_[block.origin()];
  const Head head = log.head();
  PASSBOOK_CHECK(block.head().first.value == head.end.value + 1, "a log has no gaps");
  PASSBOOK_CHECK(block.head().previous == head.digest, "a log is one chain");
  log.blocks.push_back(block);
  log.ends.push_back(block.end());
  heads_.raise(log.ends.back());
}

Logs::Match Logs::compare(const TaggedPosition& position) const {
  const Sequence end = position.end.sequence;
  const TaggedPosition head = heads_.at(position.end.origin);
  if (end > head.end.sequence) {
    return Match::unknown;
  }
  if (end == head.end.sequence) {
    return position == head ? Match::same : Match::other;
  }
  const Log& log = logs_.at(position.end.origin);
  const auto known = log.end_at(position.end);
  if (known == log.ends.begin() && known->end != position.end && end < log.dropped.end) {
    return Match::unknown;  // before the oldest remembered end
  }
  return *known == position ? Match::same : Match::other;
}

const Block* Logs::find(EntryId entry) const {
  const auto log = logs_.find(entry.origin);
  if (log == logs_.end() || entry.sequence <= log->second.dropped.end) {
    return nullptr;
  }
  const auto& [dropped, blocks, ends] = log->second;
  const auto beyond = ends.end() - log->second.end_at(entry);
  return beyond == 0 ? nullptr : &*(blocks.end() - beyond);
}

TaggedPosition Logs::end_covering(EntryId entry) const {
  const auto log = logs_.find(entry.origin);
  PASSBOOK_CHECK(log != logs_.end() && entry.sequence <= log->second.head().end,
                 "only what is in a log has an end there");
  return *log->second.end_at(entry);
}

bool Logs::drop_up_to(const VersionVector& positions, std::size_t most) {
  bool done = true;
  for (const EntryId& position : positions.positions()) {
    Log& log = logs_.at(position.origin);
    for (; log.dropped.end < position.sequence && most > 0; --most) {
      const Block& first = log.blocks.front();
      log.dropped = {first.end().end.sequence, first.digest()};
      log.blocks.pop_front();
    }
    while (log.earlier() > remembered_ends()) {
      log.ends.pop_front();
    }
    done = done && log.dropped.end >= position.sequence;
  }
  return done;
}

std::size_t Logs::remembered_ends() const {
  constexpr std::size_t kOfAll = 65'536;
  constexpr std::size_t kLeast = 64;
  return std::max(kLeast, kOfAll / std::max<std::size_t>(1, logs_.size()));
}

std::vector<TaggedPosition> Logs::earlier_ends() const {
  std::vector<TaggedPosition> out;
  for (const auto& [origin, log] : logs_) {
    const std::size_t most = std::min(log.ends.size() - 1, remembered_ends());
    out.insert(out.end(), log.ends.end() - static_cast<std::ptrdiff_t>(most + 1),
               log.ends.end() - 1);
  }
  return out;
}

void Logs::restore(const VersionVector& positions, const std::vector<Digest>& digests,
                   const std::vector<TaggedPosition>& earlier) {
  PASSBOOK_CHECK(digests.size() == positions.positions().size(), "every log has a digest");
  for (std::size_t i = 0; i < digests.size(); ++i) {
    const EntryId& position = positions.positions()[i];
    logs_[position.origin] = {.dropped = {position.sequence, digests[i]}, .blocks = {}, .ends = {}};
    heads_.raise({position, tag_of(digests[i])});
  }
  for (const TaggedPosition& end : earlier) {
    logs_.at(end.end.origin).ends.push_back(end);
  }
  for (const TaggedPosition& head : heads_.positions()) {
    logs_.at(head.end.origin).ends.push_back(head);
  }
}

}  // namespace passbook
