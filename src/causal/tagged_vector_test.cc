// SPDX-License-Identifier: Apache-2.0
#include "causal/tagged_vector.h"

#include <rapidcheck/gtest.h>

namespace passbook {
namespace {

constexpr Origin kFirst{BranchId{1}};
constexpr Origin kSecond{BranchId{2}};

TaggedPosition at(Origin origin, std::uint64_t sequence, std::uint64_t tag) {
  return {{origin, Sequence{sequence}}, Tag{tag}};
}

TEST(TaggedVector, TheHigherPositionCountsWithItsTag) {
  TaggedVector vector{at(kFirst, 3, 99)};
  EXPECT_FALSE(vector.raise(at(kFirst, 2, 100)));
  EXPECT_FALSE(vector.raise(at(kSecond, 0, 5)));
  EXPECT_TRUE(vector.raise(at(kFirst, 4, 7)));
  EXPECT_EQ(vector, (TaggedVector{at(kFirst, 4, 7)}));
  EXPECT_EQ(vector.at(kSecond), at(kSecond, 0, 0));
}

TEST(TaggedVector, OfTwoHistoriesOfOneLengthTheLargerTagCounts) {
  TaggedVector vector{at(kFirst, 3, 7)};
  vector.merge({at(kFirst, 3, 9)});
  EXPECT_EQ(vector, (TaggedVector{at(kFirst, 3, 9)}));
  vector.merge({at(kFirst, 3, 7)});
  vector.merge({at(kFirst, 3, 0)});
  EXPECT_EQ(vector, (TaggedVector{at(kFirst, 3, 9)})) << "and any tag before none";
}

TEST(TaggedVector, TakesAscendingPositionsOnly) {
  const std::vector<TaggedPosition> right{at(kFirst, 3, 7), at(kSecond, 1, 0)};
  ASSERT_TRUE(TaggedVector::of(right).has_value());
  EXPECT_EQ(TaggedVector::of(right)->positions(), right);
  EXPECT_TRUE(TaggedVector::of({})->empty());
  EXPECT_EQ(TaggedVector::of({right[1], right[0]}), std::nullopt);
  EXPECT_EQ(TaggedVector::of({right[0], at(kFirst, 4, 8)}), std::nullopt) << "an origin twice";
  EXPECT_EQ(TaggedVector::of({right[0], at(kSecond, 0, 8)}), std::nullopt);
}

TEST(TaggedVector, TagsOnlyWhatHasNone) {
  TaggedVector vector{at(kFirst, 3, 7), at(kSecond, 1, 0)};
  vector.tag_with([](const TaggedPosition&) { return at(kSecond, 2, 8); });
  EXPECT_EQ(vector, (TaggedVector{at(kFirst, 3, 7), at(kSecond, 2, 8)}));
  EXPECT_EQ(vector.untagged(), (VersionVector{{kFirst, Sequence{3}}, {kSecond, Sequence{2}}}));
}

std::vector<TaggedPosition> any_positions() {
  return *rc::gen::container<std::vector<TaggedPosition>>(rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<std::uint32_t>(1, 6), rc::gen::inRange<std::uint64_t>(0, 9),
                     rc::gen::inRange<std::uint64_t>(0, 3)),
      [](const auto& t) {
        return at({BranchId{std::get<0>(t)}}, std::get<1>(t), std::get<2>(t));
      }));
}

TaggedVector vector_of(const std::vector<TaggedPosition>& positions) {
  TaggedVector out;
  for (const TaggedPosition& position : positions) {
    out.raise(position);
  }
  return out;
}

/// The same as a map, without cleverness.
std::map<Origin, TaggedPosition> map_of(const std::vector<TaggedPosition>& positions) {
  std::map<Origin, TaggedPosition> out;
  for (const TaggedPosition& position : positions) {
    if (position.end.sequence > Sequence{}) {
      TaggedPosition& kept = out.try_emplace(position.end.origin, position).first->second;
      kept = std::max(kept, position);
    }
  }
  return out;
}

RC_GTEST_PROP(TaggedVectorProperty, MergeAgreesWithAMap, ()) {
  const auto mine = any_positions();
  const auto theirs = any_positions();
  TaggedVector merged = vector_of(mine);
  merged.merge(vector_of(theirs));
  std::vector<TaggedPosition> all = mine;
  all.insert(all.end(), theirs.begin(), theirs.end());
  std::vector<TaggedPosition> expected;
  for (const auto& [origin, position] : map_of(all)) {
    expected.push_back(position);
  }
  RC_ASSERT(merged.positions() == expected);
}

RC_GTEST_PROP(TaggedVectorProperty, MergeIsALatticeJoin, ()) {
  const TaggedVector a = vector_of(any_positions());
  const TaggedVector b = vector_of(any_positions());
  const TaggedVector c = vector_of(any_positions());
  const auto join = [](TaggedVector x, const TaggedVector& y) {
    x.merge(y);
    return x;
  };
  RC_ASSERT(join(a, a) == a);
  RC_ASSERT(join(a, b) == join(b, a));
  RC_ASSERT(join(join(a, b), c) == join(a, join(b, c)));
}

}  // namespace
}  // namespace passbook
