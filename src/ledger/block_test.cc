// SPDX-License-Identifier: Apache-2.0
// What a block is: its content, its bytes, its digest.
#include "ledger/block.h"

#include <rapidcheck/gtest.h>

#include "ledger/testing_block.h"

namespace passbook {
namespace {

std::vector<Entry> entries_of(const Block& block) {
  std::vector<Entry> out;
  for (const Entry& entry : block.entries()) {
    out.push_back(entry);
  }
  return out;
}

TEST(Block, TellsWhatItWasBuiltFrom) {
  const Block block = build(some_head(), some_entries());
  EXPECT_EQ(block.head(), some_head());
  ASSERT_EQ(block.size(), 5U);
  const Origin origin = some_head().origin;
  const RequestId request{origin, {CustomerId{7}, 11}, 12};
  EXPECT_EQ(block.entry(0),
            (Entry{{origin, Sequence{1}}, Stamp{70}, request, Deposit{AccountId{6}, Money{100}}}));
  EXPECT_EQ(block.entry(3), (Entry{{origin, Sequence{4}},
                                   Stamp{75},
                                   {},
                                   Release{AccountId{6}, {origin.branch}, Money{10}}}));
}

TEST(Block, EndsAtItsLastEntry) {
  const Block block = build(some_head(), some_entries());
  EXPECT_EQ(block.end(),
            (TaggedPosition{{some_head().origin, Sequence{5}}, tag_of(block.digest())}));
}

TEST(Block, ItsDigestIsThatOfItsBytes) {
  const Block block = build(some_head(), some_entries());
  EXPECT_EQ(block.digest(), digest_of(block.bytes()));
}

/// A change of the layout needs a new format number, or old journals and peers would be refused.
TEST(Block, ItsBytesAreTheSameInEveryVersion) {
  EXPECT_EQ(to_string(build(some_head(), some_entries()).digest()),
            "945580df7c970655cbe7e82f0d694bf279b0c21085117698f3fe85e2f9f22f48");
}

TEST(Block, ItsSizeFollowsFromWhatItIsMadeOf) {
  EXPECT_EQ(build(some_head(), some_entries()).bytes().size(),
            block_size({.entries = 5, .requests = 2, .dependencies = 2}));
}

TEST(Block, ACopySharesTheBytes) {
  const Block block = build(some_head(), some_entries());
  const Block copy = block;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_TRUE(copy.bytes().data() == block.bytes().data());
}

TEST(Block, TheSharedBytesOutliveIt) {
  std::shared_ptr<const std::string> bytes;
  std::string expected;
  {
    const Block block = build(some_head(), some_entries());
    bytes = block.shared_bytes();
    expected = block.bytes();
  }
  EXPECT_EQ(*bytes, expected);
}

TEST(Block, IsReadWithoutCopyingTheBytes) {
  std::string bytes(build(some_head(), some_entries()).bytes());
  const char* const place = bytes.data();
  const auto block = Block::parse(std::move(bytes));
  EXPECT_TRUE(block->bytes().data() == place);
}

TEST(Block, HasNoEntryBeyondItsLast) {
  const Block block = build(some_head(), some_entries());
  EXPECT_DEATH(block.entry(5), "no entry beyond its last");
}

// --- any block ----------------------------------------------------------------------------------

using rc::gen::inRange;

std::uint32_t any_number(std::uint32_t below) { return *inRange<std::uint32_t>(1, below); }

Origin any_origin() { return {BranchId{any_number(5)}, Incarnation{any_number(4)}}; }

std::vector<TaggedPosition> any_dependencies(Origin own) {
  std::map<Origin, TaggedPosition> out;
  for (std::uint32_t i = any_number(6); i > 1; --i) {
    const Origin origin = any_origin();
    const Sequence sequence{*inRange<std::uint64_t>(1, kNumberLimit)};
    out[origin] = {{origin, sequence}, Tag{*rc::gen::arbitrary<std::uint64_t>()}};
  }
  out.erase(own);
  const auto values = std::views::values(out);
  return {values.begin(), values.end()};
}

BlockHead any_head() {
  BlockHead out{.origin = any_origin(),
                .process = {any_number(1000), *rc::gen::arbitrary<std::uint64_t>()},
                .first = Sequence{1},
                .stamp = Stamp{*inRange<std::uint64_t>(0, kNumberLimit - 1000)},
                .dependencies = {},
                .previous = {}};
  out.dependencies = any_dependencies(out.origin);
  if (*rc::gen::arbitrary<bool>()) {
    out.first = Sequence{*inRange<std::uint64_t>(2, kNumberLimit - 1000)};
    out.previous = digest_of("the block before");
  }
  return out;
}

Change any_change(Origin own) {
  const AccountId account{*rc::gen::arbitrary<std::uint64_t>()};
  const Money amount{*inRange<std::int64_t>(1, Money::max().minor)};
  switch (any_number(own.incarnation > Incarnation{1} ? 5 : 4)) {
    case 1:
      return Deposit{account, amount};
    case 2:
      return Withdrawal{account, amount};
    case 3:
      return Grant{account, {BranchId{own.branch.value + any_number(9)}, own.incarnation}, amount};
    default:
      return Release{account, {own.branch, Incarnation{any_number(own.incarnation.value)}}, amount};
  }
}

std::optional<RequestId> any_request(Origin own) {
  if (*rc::gen::arbitrary<bool>()) {
    return {};
  }
  return RequestId{
      own,
      {CustomerId{*rc::gen::arbitrary<std::uint64_t>()}, *rc::gen::arbitrary<std::uint64_t>()},
      *rc::gen::arbitrary<std::uint64_t>()};
}

std::vector<EntryDraft> any_entries(Origin own) {
  std::vector<EntryDraft> out;
  std::uint32_t offset = 0;
  for (std::uint32_t i = any_number(8); i > 0; --i) {
    out.push_back({any_change(own), any_request(own), offset});
    offset += any_number(3) - 1;
  }
  return out;
}

Block any_block() {
  const BlockHead head = any_head();
  return build(head, any_entries(head.origin));
}

RC_GTEST_PROP(BlockProperties, AnyBlockComesBackFromItsBytes, ()) {
  const BlockHead head = any_head();
  const auto drafts = any_entries(head.origin);
  const auto block = Block::parse(std::string(build(head, drafts).bytes()));
  RC_ASSERT(block.has_value());
  RC_ASSERT(block->head() == head);
  RC_ASSERT(block->size() == drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const Entry expected{{head.origin, Sequence{head.first.value + i}},
                         Stamp{head.stamp.value + drafts[i].stamp_offset},
                         drafts[i].request,
                         drafts[i].change};
    RC_ASSERT(block->entry(i) == expected);
  }
}

/// A flipped bit is refused, or says something else under another digest. So no content has two
/// forms that lie so close to each other.
RC_GTEST_PROP(BlockProperties, AFlippedBitIsRefusedOrAnotherContentAndDigest, ()) {
  const Block block = any_block();
  const auto entries = entries_of(block);
  for (std::size_t bit = 0; bit < 8 * block.bytes().size(); ++bit) {
    std::string bytes(block.bytes());
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    if (const auto other = Block::parse(bytes)) {
      RC_ASSERT(other->digest() != block.digest());
      RC_ASSERT(other->tag() != block.tag());
      RC_ASSERT(other->head() != block.head() || entries_of(*other) != entries);
      RC_ASSERT(rebuilt(*other).bytes() == bytes);
    }
  }
}

RC_GTEST_PROP(BlockProperties, NothingCanBeCutOffOrAdded, ()) {
  const std::string bytes(any_block().bytes());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    RC_ASSERT(Block::parse(bytes.substr(0, size)).error() == BlockError::wrong_size);
  }
  for (const std::size_t more : {1U, 24U, 32U, 64U, 96U}) {
    RC_ASSERT(Block::parse(bytes + std::string(more, '\0')).error() == BlockError::wrong_size);
  }
  RC_ASSERT(!Block::parse(bytes + bytes));
}

}  // namespace
}  // namespace passbook
