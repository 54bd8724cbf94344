// SPDX-License-Identifier: Apache-2.0
// Writes snapshots, without delaying the records.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "journal/snapshots.h"

namespace passbook {

/// A thread that writes one snapshot after another. Many accounts take long, and no record should
/// wait for them.
class SnapshotWriter {
 public:
  /// `failed` is called from the thread when a write failed; nothing is written after that.
  SnapshotWriter(Snapshots& snapshots, std::function<void(const std::string& why)> failed);
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;
  /// Writes all snapshots taken over, then ends the thread.
  ~SnapshotWriter();

  /// Takes over a snapshot whose records are durable.
  void write(Snapshot snapshot);

 private:
  void write_until_closed();
  std::optional<Snapshot> wait_for_next();

  Snapshots& snapshots_;
  std::function<void(const std::string& why)> failed_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Snapshot> waiting_;  ///< under the mutex
  bool closed_ = false;           ///< under the mutex
  std::thread thread_;
};

}  // namespace passbook
