// SPDX-License-Identifier: Apache-2.0
#include "causal/version_vector.h"

#include <rapidcheck/gtest.h>

namespace passbook {
namespace {

constexpr Origin kFirst{BranchId{1}};
constexpr Origin kSecond{BranchId{2}};
constexpr Origin kSecondAgain{BranchId{2}, Incarnation{2}};

TEST(VersionVector, AnOriginNotNamedIsAtZero) {
  EXPECT_EQ(VersionVector{}.at(kFirst), Sequence{0});
  EXPECT_TRUE(VersionVector{}.covers(VersionVector{}));
}

TEST(VersionVector, PositionsOnlyRise) {
  VersionVector vector{{kFirst, Sequence{3}}};
  EXPECT_FALSE(vector.raise({kFirst, Sequence{2}}));
  EXPECT_FALSE(vector.raise({kSecond, Sequence{0}}));
  EXPECT_TRUE(vector.raise({kFirst, Sequence{5}}));
  EXPECT_EQ(vector, (VersionVector{{kFirst, Sequence{5}}}));
}

TEST(VersionVector, AnIncarnationIsAnOriginOfItsOwn) {
  const VersionVector vector{{kSecond, Sequence{4}}};
  EXPECT_FALSE(vector.covers(EntryId{kSecondAgain, Sequence{1}}));
}

TEST(VersionVector, NamesWhatIsMissing) {
  const VersionVector have{{kFirst, Sequence{3}}, {kSecond, Sequence{1}}};
  const VersionVector wanted{
      {kFirst, Sequence{3}}, {kSecond, Sequence{2}}, {kSecondAgain, Sequence{1}}};
  EXPECT_FALSE(have.covers(wanted));
  EXPECT_THAT(have.missing(wanted), testing::ElementsAre(EntryId{kSecond, Sequence{2}},
                                                         EntryId{kSecondAgain, Sequence{1}}));
}

/// The same as a map, without cleverness.
using NaiveVector = std::map<Origin, Sequence>;

std::vector<EntryId> any_positions() {
  return *rc::gen::container<std::vector<EntryId>>(rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<std::uint32_t>(1, 6), rc::gen::inRange<std::uint32_t>(1, 3),
                     rc::gen::inRange<std::uint64_t>(0, 9)),
      [](const auto& t) {
        return EntryId{{BranchId{std::get<0>(t)}, Incarnation{std::get<1>(t)}},
                       Sequence{std::get<2>(t)}};
      }));
}

VersionVector vector_of(const std::vector<EntryId>& positions) {
  VersionVector out;
  for (const EntryId& position : positions) {
    out.raise(position);
  }
  return out;
}

NaiveVector naive_of(const std::vector<EntryId>& positions) {
  NaiveVector out;
  for (const EntryId& position : positions) {
    if (position.sequence > Sequence{0}) {
      out[position.origin] = std::max(out[position.origin], position.sequence);
    }
  }
  return out;
}

bool same(const VersionVector& vector, const NaiveVector& naive) {
  return std::ranges::equal(vector.positions(), naive, [](const EntryId& a, const auto& b) {
    return a.origin == b.first && a.sequence == b.second;
  });
}

RC_GTEST_PROP(VersionVectorProperty, AgreesWithAMap, ()) {
  const auto a = any_positions();
  const auto b = any_positions();
  VersionVector merged = vector_of(a);
  merged.merge(vector_of(b));
  auto both = a;
  both.insert(both.end(), b.begin(), b.end());
  RC_ASSERT(same(merged, naive_of(both)));

  const NaiveVector naive = naive_of(a);
  const bool covers = std::ranges::all_of(naive_of(b), [&](const auto& wanted) {
    const auto found = naive.find(wanted.first);
    return found != naive.end() && found->second >= wanted.second;
  });
  RC_ASSERT(vector_of(a).covers(vector_of(b)) == covers);
  RC_ASSERT(vector_of(a).missing(vector_of(b)).empty() == covers);
}

RC_GTEST_PROP(VersionVectorProperty, MergeIsALatticeJoin, ()) {
  const VersionVector a = vector_of(any_positions());
  const VersionVector b = vector_of(any_positions());
  VersionVector ab = a;
  ab.merge(b);
  VersionVector ba = b;
  ba.merge(a);
  RC_ASSERT(ab == ba);
  RC_ASSERT(ab.covers(a));
  RC_ASSERT(ab.covers(b));
}

}  // namespace
}  // namespace passbook
