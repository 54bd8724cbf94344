// SPDX-License-Identifier: Apache-2.0
// Blocks by hand, for tests.
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

/// Of the first block of an origin.
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
  return {{Deposit{account, Money{100}}, RequestId{BranchId{1}, {CustomerId{7}, 11}, 12}, 0},
          {Withdrawal{account, Money{30}}, {}, 0},
          {Grant{account, {BranchId{1}, Incarnation{4}}, Money{20}}, {}, 1},
          {Release{account, {BranchId{2}, Incarnation{1}}, Money{10}}, {}, 5},
          {Deposit{AccountId{1}, Money::max()}, RequestId{BranchId{2}, {CustomerId{8}, 0}, 0}, 5}};
}

/// What to build to get such a block.
inline std::vector<EntryDraft> drafts_of(const Block& block) {
  std::vector<EntryDraft> out;
  out.reserve(block.size());
  for (const BlockEntry& entry : block.entries()) {
    out.push_back({entry.change, entry.request,
                   static_cast<std::uint32_t>(entry.stamp.value - block.head().stamp.value)});
  }
  return out;
}

/// Built anew from what it says: the same, when a content has one form only.
inline Block rebuilt(const Block& block) { return build(block.head(), drafts_of(block)); }

}  // namespace passbook
