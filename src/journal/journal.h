// SPDX-License-Identifier: Apache-2.0
// Where a branch keeps everything that it has applied.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "protocol/records.h"

namespace passbook {

/// One sequence of records. A record is durable only if all earlier ones are. The journal does not
/// know what the records mean, nor how a branch is rebuilt from them.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Takes over records, in order, and returns at once; they become durable some time later.
  virtual void append(std::vector<Record> records) = 0;
  /// Takes over a snapshot. It becomes durable after all records that it covers.
  virtual void keep(Snapshot snapshot) = 0;

  /// The number of records, including those of earlier processes.
  virtual std::uint64_t appended() const = 0;
  /// How many of these, from the first on, are durable.
  virtual std::uint64_t durable() const = 0;

  /// The write or sync that failed, after which nothing becomes durable any more. It is never tried
  /// again, because nobody knows what a failed sync left behind. The branch must stop, and a
  /// restart finds out what is on the disk.
  virtual std::optional<std::string> failure() const = 0;

  struct Read {
    std::vector<Record> records;
    std::uint64_t next = 0;  ///< the index after the last record
  };
  /// Durable records from an index on, until they have `bytes` or more (`bytes_in`); at least one,
  /// if there is one. The first record has index 0. The error names the damage found.
  virtual std::expected<Read, std::string> read(std::uint64_t first, std::size_t bytes) = 0;
  /// An index such that `have` covers all entries before it.
  virtual std::uint64_t first_beyond(const VersionVector& have) = 0;
};

}  // namespace passbook
