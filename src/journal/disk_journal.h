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

/// Whose journal a data directory holds. Written once, when it is made.
struct JournalOwner {
  BankId bank;
  Origin branch;

  bool operator==(const JournalOwner&) const = default;
};

/// One line that says that a directory's journal is damaged, where, and what would help. `where`
/// follows "the journal is damaged".
std::string damaged_journal(const std::string& directory, const std::string& where);

/// Whether some process has the journal of a directory open.
bool in_use(const std::string& directory);

/// Appended records are written in blocks, in order, by a thread of its own: all that has come
/// while one block is being synced goes into the next, so that one sync serves many records.
///
/// Records are kept for ever, in a SegmentLog, and can be read again. Snapshots are kept in
/// RocksDB; one is written when all records that it covers are durable. The newest snapshot, and
/// the records after it, are what a restart reads. A torn end, which an unsynced write leaves
/// behind, is cut off when the journal is opened; damage before it is named, and the journal does
/// not open. Damaged snapshots are deleted: then a restart reads all records.
class DiskJournal final : public Journal {
 public:
  struct Config {
    std::string directory;
    JournalOwner owner;
    /// Makes the directory; it must hold nothing yet, or what a crash has left of an earlier
    /// making. Otherwise it must hold a journal of this owner's branch, in whatever incarnation.
    bool create = false;
    /// Called from the journal's thread when more has become durable, or when it has failed.
    std::function<void()> changed;
    /// What there is to tell about the files, a line at a time.
    std::function<void(const std::string&)> log;
    /// What the journal writes through, so that a test can fail a disk; nullptr is the machine's
    /// own. It outlives the journal.
    rocksdb::Env* env = nullptr;
    /// How large the files of the log become.
    std::size_t segment_bytes = std::size_t{64} << 20U;
    /// How much of the snapshots is gathered in memory before it becomes a table.
    std::size_t snapshot_buffer_bytes = std::size_t{4} << 20U;
  };

  struct Opened {
    std::unique_ptr<DiskJournal> journal;
    Origin branch;  ///< the incarnation that the directory was made for
    Recall recall;  ///< of earlier lives
  };

  /// The error is one line that says what is wrong with the directory, and what would help.
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
