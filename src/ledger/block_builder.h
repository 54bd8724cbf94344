// SPDX-License-Identifier: Apache-2.0
// Builds a block, entry by entry, as long as they fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/block.h"

namespace passbook {

/// An entry to be added to a block, which assigns its id.
struct EntryDraft {
  Change change;
  std::optional<RequestId> request;
  /// Its stamp minus the block's: 0 for the first entry, and never less than that of the previous
  /// entry.
  std::uint32_t stamp_offset = 0;
};

/// Its input must keep the rules of BlockError. It aborts otherwise, because that is a mistake of
/// the caller. Only the size may be exceeded at run time: ask `fits` first.
class BlockBuilder {
 public:
  /// `head` may already have dependencies; `depend_on` adds more.
  explicit BlockBuilder(BlockHead head);

  /// Whether this much more fits. Ask at once for entries that must not be split (a chain).
  bool fits(const BlockParts& more) const;
  bool fits(const EntryDraft& entry) const;

  /// Adds the next entry, which must fit.
  void add(const EntryDraft& entry);

  /// Makes the block depend on this position or a later one. If its origin is not among the
  /// dependencies yet, it must fit.
  void depend_on(const TaggedPosition& position);

  bool empty() const { return entries_.empty(); }
  /// The size so far.
  std::size_t bytes() const { return block_size(parts()); }
  /// The id that the next entry will get.
  EntryId next() const;

  /// The block, checked and hashed. Needs at least one entry.
  Block finish() &&;

 private:
  BlockParts parts() const;

  BlockHead head_;
  std::string entries_;
  std::string requests_;
};

}  // namespace passbook
