// SPDX-License-Identifier: Apache-2.0
// A model of a journal on a disk: what is synced stays, and of the rest, a crash leaves what it
// likes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "branch/step.h"
#include "protocol/records.h"

namespace passbook::sim {

/// One sequence of records, as src/journal/journal.h describes it: a record is durable only if all
/// before it are, a sync covers all that was appended before it began, and what a crash tears in
/// the middle counts as not written.
class Disk {
 public:
  void append(std::vector<Record> records);
  void keep(Snapshot snapshot);

  std::uint64_t appended() const { return records_.size(); }
  std::uint64_t durable() const { return durable_; }

  /// Begins a sync if there is something to sync and none is under way. True when it began.
  bool begin_sync();
  /// The sync under way is through. Returns how many entries became durable by it.
  void end_sync();

  /// How many entries the first `records` records hold.
  std::uint64_t entries(std::uint64_t records) const {
    return records == 0 ? 0 : entries_[records - 1];
  }

  /// The process or the machine died: any number of the records that were not durable is there.
  void crash(Random& random);
  /// Back to how it once was. False when it never was any other way.
  bool roll_back(Random& random);
  /// As someone finds it who copies it while it is in use.
  Disk copy(Random& random) const;
  /// Everything is gone; these are the first records of a new journal.
  void begin_anew(std::vector<Record> records);

  Recall recall() const;
  Fetched fetch(const Fetch& wanted) const;

 private:
  void cut(std::uint64_t records);
  std::vector<Record> read(std::uint64_t first, std::size_t bytes) const;

  std::vector<Record> records_;
  std::vector<std::uint64_t> entries_;  ///< up to and including each record
  std::vector<Snapshot> snapshots_;
  std::uint64_t durable_ = 0;
  std::uint64_t syncing_ = 0;  ///< what the sync under way covers; 0 for none
  std::size_t durable_snapshots_ = 0;
  std::size_t syncing_snapshots_ = 0;
};

}  // namespace passbook::sim
