// SPDX-License-Identifier: Apache-2.0
// Makes a block, entry by entry, as long as they fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/block.h"

namespace passbook {

/// An entry that is to be part of a block, which gives it its id.
struct EntryDraft {
  Change change;
  std::optional<RequestId> request;
  /// Its stamp less the block's: 0 for the first entry, and never less than that of the one before.
  std::uint32_t stamp_offset = 0;
};

/// What it is given must keep the rules of BlockError, or it aborts: the mistake is the caller's.
/// Only how much fits is a question, to be asked before.
class BlockBuilder {
 public:
  /// `head` may have dependencies already; more may be added.
  explicit BlockBuilder(BlockHead head);

  /// Whether so much more fits. What may not be parted (a chain) is asked for at once.
  bool fits(const BlockParts& more) const;
  bool fits(const EntryDraft& entry) const;

  /// The next entry; it fits.
  void add(const EntryDraft& entry);

  /// The block depends on this position or a later one. Fits, when it is of an origin that is not
  /// among the dependencies yet.
  void depend_on(const TaggedPosition& position);

  bool empty() const { return entries_.empty(); }
  /// Bytes so far.
  std::size_t bytes() const { return block_size(parts()); }
  /// The id that the next entry gets.
  EntryId next() const;

  /// The block, checked and hashed. There is an entry.
  Block finish() &&;

 private:
  BlockParts parts() const;

  BlockHead head_;
  std::string entries_;
  std::string requests_;
};

}  // namespace passbook
