// SPDX-License-Identifier: Apache-2.0
// A log of byte records, in segment files.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "journal/segment_format.h"

namespace passbook {

/// Records in order, kept for ever. Each stands for one or more consecutive positions, counted from
/// 0. The log does not know what a record means.
///
/// The files, called segments, are named by the position of their first record. A segment grows by
/// zeros, which later records replace, because syncing those changes no metadata. The next segment
/// begins, and its name is synced, when all earlier records are durable. So only the last segment
/// can have a torn end, and only in records appended after the last successful sync. Opening the
/// log cuts off such an end. Any other unreadable bytes are damage, which is reported with its file
/// and offset: in the last segment when the log is opened, in the others when they are read.
///
/// After a failed write or sync nothing is written any more and nothing is tried again, because
/// nobody knows what a failed sync has left behind.
///
/// One thread appends, syncs and cuts; any thread may read. No one else may use the directory
/// meanwhile; the caller of `open` holds a lock on it.
class SegmentLog {
 public:
  struct Config {
    std::string directory;
    rocksdb::Env* env = rocksdb::Env::Default();
    /// Receives a message about a torn end that was cut off.
    std::function<void(const std::string&)> log;
    /// A segment is complete at this size.
    std::size_t segment_bytes = std::size_t{64} << 20U;
  };

  using Done = std::expected<void, std::string>;

  /// Makes an empty log in a directory without one. It is durable when this returns.
  static Done create(const Config& config, const std::string& label);
  static std::expected<std::unique_ptr<SegmentLog>, std::string> open(const Config& config);
  ~SegmentLog() = default;
  SegmentLog(const SegmentLog&) = delete;
  SegmentLog& operator=(const SegmentLog&) = delete;

  const std::string& label() const { return header_.label; }

  /// Takes over a record that stands for `count` positions, and returns the first of them.
  /// Nothing is written before the next sync.
  std::uint64_t append(std::string_view bytes, std::uint32_t count = 1);
  /// Makes all appended records durable.
  Done sync();
  /// Forgets the records from a position on, where a record must begin or the log must end. A crash
  /// meanwhile may leave any number of them.
  Done cut(std::uint64_t position);

  std::uint64_t end() const { return end_; }  ///< the position of the next record
  std::uint64_t durable() const;              ///< everything before it is durable
  std::optional<std::string> failure() const;

  struct Record {
    std::uint64_t first;
    std::uint32_t count;
    std::string bytes;

    std::uint64_t next() const { return first + count; }
    bool operator==(const Record&) const = default;
  };
  /// Durable records from the one of `position` on, until they have `most` bytes or more; at least
  /// one, if there is one. The error names the damage found.
  std::expected<std::vector<Record>, std::string> read(std::uint64_t position,
                                                       std::size_t most) const;

 private:
  /// Where a record begins.
  struct Place {
    std::uint64_t segment = 0;  ///< the first position of its segment
    std::size_t offset = kSegmentHeaderBytes;
    std::uint64_t position = 0;
  };
  using Visit = std::function<bool(const LogRecord&)>;

  explicit SegmentLog(Config config) : config_(std::move(config)) {}

  Done recover();
  Done check_headers();
  Done recover_last();
  Done begin_segment();
  Done open_last();
  Done cut_off(std::size_t offset);
  Done sync_last(std::optional<std::size_t> size);
  Done forget_segments(std::uint64_t from);
  Done write(const std::string& bytes);
  Done fail(const std::string& why);

  std::expected<Place, std::string> walk(Place place, std::uint64_t limit, std::size_t step,
                                         const Visit& visit) const;
  std::string path_of(std::uint64_t segment) const;
  std::string damaged(const std::string& what) const;
  void note(const Place& place) const;
  Place place_before(std::uint64_t position) const;
  std::uint64_t segment_after(std::uint64_t position) const;

  Config config_;
  SegmentHeader header_;  ///< of the last segment
  std::unique_ptr<rocksdb::RandomRWFile> file_;
  std::size_t used_ = 0;      ///< the bytes of durable records in the last segment
  std::size_t prepared_ = 0;  ///< the size of the last segment
  std::uint64_t end_ = 0;
  std::string pending_;  ///< the encoded records that wait for a sync

  mutable std::mutex mutex_;
  std::uint64_t durable_ = 0;           ///< under the mutex
  std::optional<std::string> failure_;  ///< under the mutex
  std::set<std::uint64_t> segments_;    ///< under the mutex
  /// Some of the records, by position, including the first of each segment. Reads begin at one of
  /// these. Under the mutex.
  mutable std::map<std::uint64_t, Place> places_;
};

}  // namespace passbook
