// SPDX-License-Identifier: Apache-2.0
#include "ledger/block_builder.h"

#include "ledger/testing_block.h"

namespace passbook {
namespace {

constexpr Origin kOne{BranchId{1}};
constexpr Origin kThree{BranchId{3}};
const EntryDraft kDeposit{
    .change = Deposit{AccountId{1}, Money{1}}, .request = {}, .stamp_offset = 0};
const EntryDraft kAnswer{
    .change = kDeposit.change, .request = RequestId{some_head().origin, {}, 1}, .stamp_offset = 0};

BlockBuilder builder() { return BlockBuilder(some_head()); }

TaggedPosition position(Origin origin, std::uint64_t sequence) {
  return {{origin, Sequence{sequence}}, Tag{sequence * 0x1111}};
}

void fill(BlockBuilder& builder, const EntryDraft& entry) {
  while (builder.fits(entry)) {
    builder.add(entry);
  }
}

TEST(BlockBuilder, CountsItsBytes) {
  BlockBuilder b = builder();
  EXPECT_EQ(b.bytes(), block_size({.dependencies = 2}));
  b.add(kDeposit);
  b.add(kAnswer);
  EXPECT_EQ(b.bytes(), block_size({.entries = 2, .requests = 1, .dependencies = 2}));
  const std::size_t bytes = b.bytes();
  EXPECT_EQ(std::move(b).finish().bytes().size(), bytes);
}

TEST(BlockBuilder, KnowsTheIdOfTheNextEntry) {
  BlockBuilder b = builder();
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(b.next(), (EntryId{some_head().origin, Sequence{1}}));
  b.add(kAnswer);
  EXPECT_FALSE(b.empty());
  EXPECT_EQ(b.next(), (EntryId{some_head().origin, Sequence{2}}));
}

TEST(BlockBuilder, FillsABlockUpToTheLimitAndNoFurther) {
  for (const EntryDraft& entry : {kDeposit, kAnswer}) {
    BlockBuilder b = builder();
    fill(b, entry);
    EXPECT_GT(b.bytes() + 96, kMaxBlockBytes);
    EXPECT_DEATH(b.add(entry), "only an entry that fits");
    const Block block = std::move(b).finish();
    EXPECT_LE(block.bytes().size(), kMaxBlockBytes);
    EXPECT_TRUE(Block::parse(std::string(block.bytes())));
  }
}

TEST(BlockBuilder, ABlockOfTheLargestSizeIsOne) {
  BlockHead head = some_head();
  head.dependencies.clear();
  BlockBuilder b(head);
  b.add(kAnswer);  // 96 bytes of head and 96 of this leave a multiple of 64
  fill(b, kDeposit);
  EXPECT_EQ(b.bytes(), kMaxBlockBytes);
  EXPECT_EQ(std::move(b).finish().bytes().size(), kMaxBlockBytes);
}

TEST(BlockBuilder, AnEntryThatAnswersARequestNeedsMoreRoom) {
  BlockHead head = some_head();
  head.dependencies.clear();
  BlockBuilder b(head);
  b.add(kAnswer);
  while (b.bytes() + 64 < kMaxBlockBytes) {
    b.add(kDeposit);
  }
  EXPECT_TRUE(b.fits(kDeposit));
  EXPECT_FALSE(b.fits(kAnswer));
}

TEST(BlockBuilder, AChainIsAskedForAtOnce) {
  BlockBuilder b = builder();
  fill(b, kDeposit);
  EXPECT_FALSE(b.fits({.entries = 1}));
  EXPECT_FALSE(builder().fits({.entries = 13'000}));
  EXPECT_TRUE(builder().fits({.entries = 1'024, .requests = 1'024, .dependencies = 1'000}));
}

TEST(BlockBuilder, DependenciesTakeRoomToo) {
  BlockBuilder b = builder();
  fill(b, kDeposit);
  while (b.fits({.dependencies = 1})) {
    b.depend_on(position({BranchId{static_cast<std::uint32_t>(10 + b.bytes())}}, 1));
  }
  EXPECT_DEATH(b.depend_on(position(kThree, 1)), "only a dependency that fits");
  b.depend_on(position(kOne, 10));  // takes the place of an earlier one
  EXPECT_LE(std::move(b).finish().bytes().size(), kMaxBlockBytes);
}

TEST(BlockBuilder, DependenciesAreTheUnionInTheOrderOfOrigins) {
  BlockBuilder b = builder();
  b.add(kDeposit);
  b.depend_on(position(kThree, 7));
  b.depend_on(position(kOne, 9));
  b.depend_on(position(kOne, 12));
  b.depend_on(position(kOne, 11));
  const Block block = std::move(b).finish();
  EXPECT_THAT(
      block.head().dependencies,
      testing::ElementsAre(position(kOne, 12), some_head().dependencies[1], position(kThree, 7)));
}

TEST(BlockBuilder, NeverDependsOnTwoHistories) {
  BlockBuilder b = builder();
  EXPECT_DEATH(b.depend_on({{kOne, Sequence{9}}, Tag{1}}), "one history of each origin");
}

TEST(BlockBuilder, MakesNothingThatAPeerWouldRefuse) {
  EXPECT_DEATH(builder().finish(), "has no entries");
  EXPECT_DEATH(build(some_head(), {{Deposit{AccountId{1}, Money{0}}, {}, 0}}), "not positive");
  EXPECT_DEATH(build(some_head(), {{kDeposit.change, {}, 1}}), "stamps that fall");
}

}  // namespace
}  // namespace passbook
