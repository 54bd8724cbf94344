// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/disk.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "branch/fetching.h"
#include "branch/recalling.h"

namespace passbook::sim {

void Disk::append(std::vector<Record> records) {
  for (Record& record : records) {
    const std::uint64_t before = entries_.empty() ? 0 : entries_.back();
    entries_.push_back(before + entries_in(record));
    records_.push_back(std::move(record));
  }
}

void Disk::keep(Snapshot snapshot) { snapshots_.push_back(std::move(snapshot)); }

bool Disk::begin_sync() {
  if (syncing_ > 0 || durable_ == records_.size()) {
    return false;
  }
  syncing_ = records_.size();
  syncing_snapshots_ = snapshots_.size();
  return true;
}

void Disk::end_sync() {
  durable_ = std::exchange(syncing_, 0);
  durable_snapshots_ = syncing_snapshots_;
}

void Disk::crash(Random& random) {
  const std::uint64_t open = records_.size() - durable_;
  cut(durable_ + random.below(open + 1));
  const std::size_t sure = std::min(durable_snapshots_, snapshots_.size());
  snapshots_.resize(sure + random.below(snapshots_.size() - sure + 1));
  durable_ = records_.size();
  durable_snapshots_ = snapshots_.size();
  syncing_ = 0;
}

bool Disk::roll_back(Random& random) {
  if (records_.empty()) {
    return false;
  }
  cut(random.below(records_.size()));
  durable_ = records_.size();
  return true;
}

Disk Disk::copy(Random& random) const {
  Disk out = *this;
  out.crash(random);
  return out;
}

void Disk::begin_anew(std::vector<Record> records) {
  *this = {};
  append(std::move(records));
  durable_ = records_.size();
}

void Disk::cut(std::uint64_t records) {
  PASSBOOK_CHECK(records <= records_.size(), "a cut makes it shorter");
  records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(records), records_.end());
  entries_.resize(records);
  std::erase_if(snapshots_, [&](const Snapshot& made) { return made.records > records; });
  durable_snapshots_ = std::min(durable_snapshots_, snapshots_.size());
}

Recall Disk::recall() const { return recall_from(snapshots_, records_); }

/// As Journal::read.
std::vector<Record> Disk::read(std::uint64_t first, std::size_t bytes) const {
  std::vector<Record> out;
  for (std::size_t taken = 0; taken < bytes && first < durable_; ++first) {
    taken += bytes_in(records_[first]);
    out.push_back(records_[first]);
  }
  return out;
}

Fetched Disk::fetch(const Fetch& wanted) const {
  std::uint64_t first = wanted.first;
  if (first == 0) {
    const auto lacking = std::ranges::find_if(records_, [&](const Record& record) {
      const auto* block = std::get_if<Block>(&record);
      return block != nullptr && !wanted.after.covers(block->end().end);
    });
    first = static_cast<std::uint64_t>(lacking - records_.begin());
  }
  return take_wanted(wanted, first, read(first, wanted.bytes), durable_);
}

}  // namespace passbook::sim
