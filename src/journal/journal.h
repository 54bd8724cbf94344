// SPDX-License-Identifier: Apache-2.0
// Where a branch keeps what it has applied.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "protocol/records.h"

namespace passbook {

/// One sequence of records. A record is durable only if all before it are. What the records mean,
/// and how a branch is rebuilt from them, is not the journal's business.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Takes over records, in order, and returns at once; they become durable some time later.
  virtual void append(std::vector<Record> records) = 0;
  /// Takes over what some of the records, from the first, left behind; it becomes durable after all
  /// of them.
  virtual void keep(Snapshot snapshot) = 0;

  /// How many records there are, those of earlier lives included.
  virtual std::uint64_t appended() const = 0;
  /// How many of them, from the first, are durable.
  virtual std::uint64_t durable() const = 0;

  /// Why nothing will become durable any more: a write or a sync failed. It is never tried again,
  /// because nobody knows what a failed sync left behind; the branch must stop, and a restart
  /// finds out what is there.
  virtual std::optional<std::string> failure() const = 0;

  struct Read {
    std::vector<Record> records;
    std::uint64_t next = 0;  ///< the index after the last of them
  };
  /// Durable records from an index on, until they have `bytes` or more (`bytes_in`); at least one,
  /// if there is one. The first record has index 0. The error names the damage that was found.
  virtual std::expected<Read, std::string> read(std::uint64_t first, std::size_t bytes) = 0;
  /// An index before which there is no entry that `have` does not cover.
  virtual std::uint64_t first_beyond(const VersionVector& have) = 0;
};

}  // namespace passbook
