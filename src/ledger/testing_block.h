// SPDX-License-Identifier: Apache-2.0
// Helpers that build blocks, for tests.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ledger/block.h"
#include "ledger/block_builder.h"

namespace passbook {

inline Block build(BlockHead head, const std::vector<EntryDraft>& entries) {
  BlockBuilder builder(std::move(head));
  for (const EntryDraft& entry : entries) {
    builder.add(entry);
  }
  return std::move(builder).finish();
}

/// The head of an origin's first block.
inline BlockHead some_head() {
  return {.origin = {BranchId{2}, Incarnation{3}},
          .process = {.counter = 4, .nonce = 0x5555},
          .first = Sequence{1},
          .stamp = Stamp{70},
          .dependencies = {{{{BranchId{1}}, Sequence{9}}, Tag{0x9999}},
                           {{{BranchId{2}, Incarnation{2}}, Sequence{8}}, Tag{0x8888}}},
          .previous = {}};
}

/// One entry of each kind; two of them answer requests.
inline std::vector<EntryDraft> some_entries() {
  const AccountId account{6};
  const Origin own = some_head().origin;
  return {{Deposit{account, Money{100}}, RequestId{own, {CustomerId{7}, 11}, 12}, 0},
          {Withdrawal{account, Money{30}}, {}, 0},
          {Grant{account, {BranchId{1}, Incarnation{4}}, Money{20}}, {}, 1},
          {Release{account, {BranchId{2}, Incarnation{1}}, Money{10}}, {}, 5},
          {Deposit{AccountId{1}, Money::max()}, RequestId{own, {CustomerId{8}, 0}, 0}, 5}};
}

/// One log, to which blocks are added one after another.
class TestLog {
 public:
  explicit TestLog(Origin origin) : origin_(origin) {}

  /// Adds the next block, with these entries.
  const Block& add(const std::vector<EntryDraft>& entries,
                   std::vector<TaggedPosition> dependencies = {}) {
    const bool first = blocks_.empty();
    const Block next =
        build({.origin = origin_,
               .process = {.counter = 1, .nonce = 0},
               .first = Sequence{first ? 1 : blocks_.back().end().end.sequence.value + 1},
               .stamp = Stamp{++stamp_},
               .dependencies = std::move(dependencies),
               .previous = first ? Digest{} : blocks_.back().digest()},
              entries);
    return blocks_.emplace_back(next);
  }
  const Block& deposit(std::int64_t amount = 5, std::vector<TaggedPosition> dependencies = {}) {
    return add({{Deposit{AccountId{1}, Money{amount}}, {}, 0}}, std::move(dependencies));
  }

  void stamp_from(Stamp stamp) { stamp_ = stamp.value; }
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  Origin origin_;
  std::uint64_t stamp_ = 0;
  std::vector<Block> blocks_;
};

/// The drafts from which this block can be built.
inline std::vector<EntryDraft> drafts_of(const Block& block) {
  std::vector<EntryDraft> out;
  out.reserve(block.size());
  for (const Entry& entry : block.entries()) {
    out.push_back({entry.change, entry.request,
                   static_cast<std::uint32_t>(entry.stamp.value - block.head().stamp.value)});
  }
  return out;
}

/// The block built again from its content. It is equal, if each content has exactly one form.
inline Block rebuilt(const Block& block) { return build(block.head(), drafts_of(block)); }

}  // namespace passbook
