// SPDX-License-Identifier: Apache-2.0
// The journal of a bank whose data is thrown away with its processes.
#pragma once

#include <cstdint>
#include <span>

#include "ledger/entry.h"

namespace passbook {

/// Counts what it is given and calls it durable at once: the entries themselves live as long as
/// the process, in the replica, and nothing outlives the process.
class MemoryJournal {
 public:
  /// Takes over records, in order.
  void append(std::span<const Entry> records) { appended_ += records.size(); }

  /// How many records were appended.
  std::uint64_t appended() const { return appended_; }
  /// How many of them, from the first, are durable.
  std::uint64_t durable() const { return appended_; }

 private:
  std::uint64_t appended_ = 0;
};

}  // namespace passbook
