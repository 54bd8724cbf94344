// SPDX-License-Identifier: Apache-2.0
// A block: the entries that one branch accepted in one step, as bytes that are encoded once, hashed
// once, and the same in every journal and on every stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "ledger/digest.h"
#include "ledger/entry.h"

namespace passbook {

/// No block has more bytes.
inline constexpr std::size_t kMaxBlockBytes = std::size_t{768} * 1024;

/// Sequences and stamps in a block are below this, so that no sum of two of them overflows.
inline constexpr std::uint64_t kNumberLimit = std::uint64_t{1} << 62U;

/// Which process of a branch made a block.
struct ProcessId {
  std::uint64_t counter = 0;  ///< positive; rises with each process of the branch
  std::uint64_t nonce = 0;    ///< random: tells apart two processes that count alike
  constexpr auto operator<=>(const ProcessId&) const = default;
};

/// All that a block says beside its entries.
struct BlockHead {
  Origin origin;
  ProcessId process;
  Sequence first;  ///< of the first entry; the others follow it one by one
  Stamp stamp;     ///< of the first entry
  /// What a replica must have applied first, beside the origin's own log. Ascending by origin,
  /// each at most once, never the own one; no sequence is 0.
  std::vector<TaggedPosition> dependencies;
  Digest previous;  ///< of the block before; that of nothing exactly when `first` is 1

  bool operator==(const BlockHead&) const = default;
};

/// What a block is made of, by number: what its size follows from.
struct BlockParts {
  std::size_t entries = 0;
  std::size_t requests = 0;  ///< entries that answer a request
  std::size_t dependencies = 0;
};

/// In bytes. Of a block without entries: what is taken before the first.
constexpr std::size_t block_size(const BlockParts& parts) {
  return 96 + 24 * parts.dependencies + 64 * parts.entries + 32 * parts.requests;
}

/// Why bytes are no block.
enum class BlockError : std::uint8_t {
  too_large,         ///< more than kMaxBlockBytes
  unknown_format,    ///< not a block, or of a version that is not known here
  wrong_size,        ///< cut off, or something follows
  empty,             ///< no entries
  bad_origin,        ///< branch or incarnation 0
  bad_process,       ///< counter 0
  bad_sequence,      ///< from 0, or up to kNumberLimit or more
  bad_previous,      ///< none though not the first block, or one though the first
  bad_dependencies,  ///< not ascending, of the own origin, of nobody, or at 0 or kNumberLimit
  bad_stamps,        ///< falling, not from the block's own on, or up to kNumberLimit or more
  bad_requests,      ///< not one for each entry that answers one, in their order, or of others
  unknown_kind,      ///< a change that is not known here
  bad_amount,        ///< zero or negative
  bad_grant,         ///< to the own origin or to nobody
  bad_release,       ///< not from an earlier incarnation of the own branch
  not_zero,          ///< something in a place that must be zero
};

/// In words that follow "the block": "is too large", ...
std::string_view describe(BlockError error);

/// A block that keeps all the rules of BlockError. Whether it fits what was applied so far (its
/// place, its digests, its rights, its requests) is not known here. A copy shares the bytes.
/// Immutable, so that threads may share it too.
class Block {
 public:
  /// Checks and hashes bytes that anyone may have made up. Equal blocks have equal bytes.
  static std::expected<Block, BlockError> parse(std::string bytes);

  const BlockHead& head() const { return data_->head; }
  Origin origin() const { return head().origin; }
  const Digest& digest() const { return data_->digest; }
  Tag tag() const { return tag_of(digest()); }
  /// Its last entry, and its tag.
  TaggedPosition end() const;

  /// What was parsed or built, as long as a copy of the block lives.
  std::string_view bytes() const { return data_->bytes; }
  /// The same, kept alive by the pointer.
  std::shared_ptr<const std::string> shared_bytes() const { return {data_, &data_->bytes}; }

  /// How many entries; at least one.
  std::size_t size() const { return data_->size; }
  /// `index` is below size(). Allocates nothing.
  Entry entry(std::size_t index) const;
  /// In their order; a view of this block.
  auto entries() const {
    return std::views::iota(std::size_t{0}, size()) |
           std::views::transform([this](std::size_t index) { return entry(index); });
  }

  friend bool operator==(const Block& a, const Block& b) { return a.bytes() == b.bytes(); }

 private:
  struct Data {
    std::string bytes;
    BlockHead head;
    Digest digest;
    std::size_t size = 0;
  };

  explicit Block(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  std::shared_ptr<const Data> data_;
};

}  // namespace passbook
