// SPDX-License-Identifier: Apache-2.0
// The journal on a disk.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "journal/journal.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace passbook {

/// The owner of the journal in a data directory. Written once, at its creation.
struct JournalOwner {
  BankId bank;
  Origin branch;

  bool operator==(const JournalOwner&) const = default;
};

/// One line that says that a directory's journal is damaged, where, and what helps. `where` follows
/// "the journal is damaged".
std::string damaged_journal(const std::string& directory, const std::string& where);

/// Whether some process has the journal of a directory open.
bool in_use(const std::string& directory);

/// A separate thread writes appended records in batches, in order. Records that come during a sync
/// go into the next batch, so one sync serves many records.
///
/// Records are kept for ever, in a SegmentLog, and can be read again. Snapshots are kept in
/// RocksDB; a snapshot is written when all records that it covers are durable. A restart reads the
/// newest snapshot and the records after it. Opening cuts off a torn end, which an unsynced write
/// leaves behind; if there is damage before it, opening fails and names the damage. Damaged
/// snapshots are deleted, and a restart then reads all records.
class DiskJournal final : public Journal {
 public:
  struct Config {
    std::string directory;
    JournalOwner owner;
    /// Makes the directory, which must be empty or hold the remains of an interrupted creation.
    /// Without `create` it must hold a journal of this owner's branch, in any incarnation.
    bool create = false;
    /// Called from the journal's thread when more records are durable, or when the journal has
    /// failed.
    std::function<void()> changed;
    /// Receives messages about the files, a line at a time.
    std::function<void(const std::string&)> log;
    /// The environment that the journal writes through, so that a test can simulate failing disks;
    /// nullptr is the machine's own. It must outlive the journal.
    rocksdb::Env* env = nullptr;
    /// The size of the log's files.
    std::size_t segment_bytes = std::size_t{64} << 20U;
    /// How many bytes of snapshots gather in memory before they become a table.
    std::size_t snapshot_buffer_bytes = std::size_t{4} << 20U;
  };

  struct Opened {
    std::unique_ptr<DiskJournal> journal;
    Origin branch;  ///< the incarnation that the directory was made for
    Recall recall;  ///< from earlier processes
  };

  /// The error is one line that says what is wrong with the directory, and what helps.
  static std::expected<Opened, std::string> open(const Config& config);

  ~DiskJournal() override;
  DiskJournal(const DiskJournal&) = delete;
  DiskJournal& operator=(const DiskJournal&) = delete;

  void append(std::vector<Record> records) override;
  void keep(Snapshot snapshot) override;
  std::uint64_t appended() const override;
  std::uint64_t durable() const override;
  std::optional<std::string> failure() const override;
  std::expected<Read, std::string> read(std::uint64_t first, std::size_t bytes) override;
  std::uint64_t first_beyond(const VersionVector& have) override;

 private:
  class Impl;
  explicit DiskJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passbook
