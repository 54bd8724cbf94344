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

/// The most bytes that a block may have.
inline constexpr std::size_t kMaxBlockBytes = std::size_t{768} * 1024;

/// Sequences and stamps in a block are below this, so that no sum of two of them overflows.
inline constexpr std::uint64_t kNumberLimit = std::uint64_t{1} << 62U;

/// Which process of a branch made a block.
struct ProcessId {
  std::uint64_t counter = 0;  ///< positive; rises with each process of the branch
  std::uint64_t nonce = 0;    ///< random: tells apart two processes with the same counter
  constexpr auto operator<=>(const ProcessId&) const = default;
};

/// Everything in a block except its entries.
struct BlockHead {
  Origin origin;
  ProcessId process;
  Sequence first;  ///< of the first entry; the others count up from it
  Stamp stamp;     ///< of the first entry
  /// The positions that a replica must have applied first, besides the origin's own log. Ascending
  /// by origin, without repeats and without this origin; no sequence is 0.
  std::vector<TaggedPosition> dependencies;
  Digest previous;  ///< of the previous block; all zero exactly if `first` is 1

  bool operator==(const BlockHead&) const = default;
};

/// The numbers of a block's parts, which determine its size.
struct BlockParts {
  std::size_t entries = 0;
  std::size_t requests = 0;  ///< entries that answer a request
  std::size_t dependencies = 0;
};

/// The size of a block with these parts, in bytes.
constexpr std::size_t block_size(const BlockParts& parts) {
  return 96 + 24 * parts.dependencies + 64 * parts.entries + 32 * parts.requests;
}

/// Why bytes are not a valid block.
enum class BlockError : std::uint8_t {
  too_large,         ///< more than kMaxBlockBytes
  unknown_format,    ///< not a block, or of an unknown version
  wrong_size,        ///< cut off, or followed by more bytes
  empty,             ///< no entries
  bad_origin,        ///< branch or incarnation 0
  bad_process,       ///< counter 0
  bad_sequence,      ///< begins at 0, or reaches kNumberLimit
  bad_previous,      ///< missing although not the first block, or present although the first
  bad_dependencies,  ///< not ascending, on its own origin or an invalid one, or at 0 or
                     ///< kNumberLimit
  bad_stamps,        ///< falling, not starting at the block's own, or reaching kNumberLimit
  bad_requests,      ///< not exactly one for each entry that answers one, in the order of the
                     ///< entries, or of another origin
  unknown_kind,      ///< an unknown kind of change
  bad_amount,        ///< zero or negative
  bad_grant,         ///< to its own origin or an invalid one
  bad_release,       ///< not from an earlier incarnation of its own branch
  not_zero,          ///< a field that must be zero is not
};

/// A description that follows "the block": "is too large", ...
std::string_view describe(BlockError error);

/// A block that keeps all the rules of BlockError. It knows nothing of the entries applied so far,
/// so its place, digests, rights and requests may still not fit them. A copy shares the bytes.
/// Immutable, so threads may share it too.
class Block {
 public:
  /// Checks and hashes untrusted bytes. Equal blocks have equal bytes.
  static std::expected<Block, BlockError> parse(std::string bytes);

  const BlockHead& head() const { return data_->head; }
  Origin origin() const { return head().origin; }
  const Digest& digest() const { return data_->digest; }
  Tag tag() const { return tag_of(digest()); }
  /// Its last entry and its tag.
  TaggedPosition end() const;

  /// The encoded block. Valid as long as a copy of the block lives.
  std::string_view bytes() const { return data_->bytes; }
  /// The same, kept alive by the pointer.
  std::shared_ptr<const std::string> shared_bytes() const { return {data_, &data_->bytes}; }

  /// The number of entries; at least one.
  std::size_t size() const { return data_->size; }
  /// `index` is below size(). Allocates nothing.
  Entry entry(std::size_t index) const;
  /// In order. A view of this block.
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
