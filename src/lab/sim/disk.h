// SPDX-License-Identifier: Apache-2.0
// A model of a journal on a disk: synced records stay, and a crash leaves any part of the rest.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "branch/step.h"
#include "protocol/records.h"

namespace passbook::sim {

/// One sequence of records, as src/journal/journal.h describes it. A record is durable only if all
/// earlier ones are, a sync covers everything appended before it began, and a record torn by a
/// crash counts as not written.
class Disk {
 public:
  void append(std::vector<Record> records);
  void keep(Snapshot snapshot);

  std::uint64_t appended() const { return records_.size(); }
  std::uint64_t durable() const { return durable_; }

  /// Begins a sync if there is something to sync and none is under way. True if it began.
  bool begin_sync();
  /// Ends the sync under way. Returns how many entries it made durable.
  void end_sync();

  /// The number of entries in the first `records` records.
  std::uint64_t entries(std::uint64_t records) const {
    return records == 0 ? 0 : entries_[records - 1];
  }

  /// The process or the machine died. Any number of the records that were not durable may be there.
  void crash(Random& random);
  /// Goes back to an earlier state. False if there is none.
  bool roll_back(Random& random);
  /// A copy, as made while the disk is in use.
  Disk copy(Random& random) const;
  /// Discards everything. These are the first records of a new journal.
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
  std::uint64_t syncing_ = 0;  ///< the number of records that the sync under way covers; 0 for none
  std::size_t durable_snapshots_ = 0;
  std::size_t syncing_snapshots_ = 0;
};

}  // namespace passbook::sim
