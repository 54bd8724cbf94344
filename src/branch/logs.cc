// SPDX-License-Identifier: Apache-2.0
#include "branch/logs.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {

Head Logs::Log::head() const {
  return blocks.empty() ? dropped : Head{blocks.back().end().end.sequence, blocks.back().digest()};
}

std::deque<Block>::const_iterator Logs::Log::at(Sequence entry) const {
  return std::ranges::lower_bound(blocks, entry, {},
                                  [](const Block& block) { return block.end().end.sequence; });
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
  heads_.raise(block.end());
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
  if (end < log.dropped.end) {
    const auto known =
        std::ranges::lower_bound(log.earlier, position.end, {}, &TaggedPosition::end);
    const bool known_end = known != log.earlier.end() && known->end == position.end;
    if (!known_end && known == log.earlier.begin()) {
      return Match::unknown;  // before all that is remembered
    }
    return known_end && *known == position ? Match::same : Match::other;
  }
  if (end == log.dropped.end) {
    return tag_of(log.dropped.digest) == position.tag ? Match::same : Match::other;
  }
  return log.at(end)->end() == position ? Match::same : Match::other;
}

const Block* Logs::find(EntryId entry) const {
  const auto log = logs_.find(entry.origin);
  if (log == logs_.end() || entry.sequence <= log->second.dropped.end) {
    return nullptr;
  }
  const auto block = log->second.at(entry.sequence);
  return block == log->second.blocks.end() ? nullptr : &*block;
}

TaggedPosition Logs::end_covering(EntryId entry) const {
  if (const Block* block = find(entry)) {
    return block->end();
  }
  const auto log = logs_.find(entry.origin);
  PASSBOOK_CHECK(log != logs_.end() && entry.sequence <= log->second.dropped.end,
                 "only what is in a log has an end there");
  const Head& dropped = log->second.dropped;
  return {{entry.origin, dropped.end}, tag_of(dropped.digest)};
}

void Logs::drop_up_to(const VersionVector& positions) {
  for (const EntryId& position : positions.positions()) {
    Log& log = logs_.at(position.origin);
    while (log.dropped.end < position.sequence) {
      const Block& first = log.blocks.front();
      if (log.dropped.end > Sequence{}) {
        log.earlier.push_back({{position.origin, log.dropped.end}, tag_of(log.dropped.digest)});
      }
      log.dropped = {first.end().end.sequence, first.digest()};
      log.blocks.pop_front();
    }
    while (log.earlier.size() > remembered_ends()) {
      log.earlier.pop_front();
    }
  }
}

std::size_t Logs::remembered_ends() const {
  constexpr std::size_t kOfAll = 65'536;
  constexpr std::size_t kLeast = 64;
  return std::max(kLeast, kOfAll / std::max<std::size_t>(1, logs_.size()));
}

std::vector<TaggedPosition> Logs::earlier_ends() const {
  std::vector<TaggedPosition> out;
  for (const auto& [origin, log] : logs_) {
    std::vector<TaggedPosition> ends(log.earlier.begin(), log.earlier.end());
    if (!log.blocks.empty() && log.dropped.end > Sequence{}) {
      ends.push_back({{origin, log.dropped.end}, tag_of(log.dropped.digest)});
    }
    for (std::size_t i = 0; i + 1 < log.blocks.size(); ++i) {
      ends.push_back(log.blocks[i].end());
    }
    const std::size_t most = std::min(ends.size(), remembered_ends());
    out.insert(out.end(), ends.end() - static_cast<std::ptrdiff_t>(most), ends.end());
  }
  return out;
}

void Logs::restore(const VersionVector& positions, const std::vector<Digest>& digests,
                   const std::vector<TaggedPosition>& earlier) {
  PASSBOOK_CHECK(digests.size() == positions.positions().size(), "every log has a digest");
  for (std::size_t i = 0; i < digests.size(); ++i) {
    const EntryId& position = positions.positions()[i];
    logs_[position.origin] = {
        .dropped = {position.sequence, digests[i]}, .blocks = {}, .earlier = {}};
    heads_.raise({position, tag_of(digests[i])});
  }
  for (const TaggedPosition& end : earlier) {
    logs_.at(end.end.origin).earlier.push_back(end);
  }
}

}  // namespace passbook
