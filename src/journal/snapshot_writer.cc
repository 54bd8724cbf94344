// SPDX-License-Identifier: Apache-2.0
#include "journal/snapshot_writer.h"

#include <utility>

namespace passbook {

SnapshotWriter::SnapshotWriter(Snapshots& snapshots,
                               std::function<void(const std::string& why)> failed)
    : snapshots_(snapshots),
      failed_(std::move(failed)),
      thread_([this] { write_until_closed(); }) {}

SnapshotWriter::~SnapshotWriter() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void SnapshotWriter::write(Snapshot snapshot) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(snapshot));
  }
  arrived_.notify_one();
}

void SnapshotWriter::write_until_closed() {
  while (auto snapshot = wait_for_next()) {
    if (const auto written = snapshots_.write(*std::move(snapshot)); !written.ok()) {
      failed_(written.ToString());
      return;
    }
  }
}

/// Nothing if there will be no more.
std::optional<Snapshot> SnapshotWriter::wait_for_next() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) {
    return std::nullopt;
  }
  std::optional<Snapshot> out = std::move(waiting_.front());
  waiting_.pop_front();
  return out;
}

}  // namespace passbook
