// SPDX-License-Identifier: Apache-2.0
// The journal of a bank whose data is thrown away with its processes.
#pragma once

#include "journal/journal.h"

namespace passbook {

/// Counts what it is given and calls it durable at once: the entries themselves live as long as
/// the process, in the replica, and nothing outlives the process.
class MemoryJournal final : public Journal {
 public:
  void append(std::vector<Entry> records) override { appended_ += records.size(); }
  std::uint64_t appended() const override { return appended_; }
  std::uint64_t durable() const override { return appended_; }
  std::optional<std::string> failure() const override { return std::nullopt; }

 private:
  std::uint64_t appended_ = 0;
};

}  // namespace passbook
