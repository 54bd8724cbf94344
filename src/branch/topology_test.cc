// SPDX-License-Identifier: Apache-2.0
#include "branch/topology.h"

#include <map>
#include <set>

namespace passbook {
namespace {

std::vector<BranchId> ring(std::uint32_t count) {
  std::vector<BranchId> out;
  for (std::uint32_t i = 1; i <= count; ++i) {
    out.emplace_back(i * 3);  // ids need not be consecutive
  }
  return out;
}

TEST(Topology, ASmallBankIsAFullMesh) {
  const Topology topology(ring(16), BranchId{3});
  EXPECT_EQ(topology.neighbours().size(), 15U);
  EXPECT_TRUE(topology.passes_on_at_once(BranchId{3}, BranchId{48}));
  EXPECT_FALSE(topology.passes_on_at_once(BranchId{6}, BranchId{48}));
}

TEST(Topology, ALargeBankHasNeighboursAtPowersOfTwoBothWays) {
  const Topology topology(ring(50), BranchId{3});
  // Steps 1, 2, 4, 8, 16 and 32. The last is 18 the other way, which is no power of two.
  EXPECT_EQ(topology.neighbours().size(), 10U);
  EXPECT_TRUE(topology.is_neighbour(BranchId{6}));
  EXPECT_TRUE(topology.is_neighbour(BranchId{150}));
  EXPECT_FALSE(topology.is_neighbour(BranchId{12}));
}

TEST(Topology, BeingNeighboursIsMutualAndOneSideDials) {
  for (const std::uint32_t count : {2U, 3U, 17U, 33U, 50U}) {
    for (const BranchId a : ring(count)) {
      const Topology at_a(ring(count), a);
      for (const BranchId b : at_a.neighbours()) {
        const Topology at_b(ring(count), b);
        EXPECT_TRUE(at_b.is_neighbour(a));
        EXPECT_NE(at_a.dials(b), at_b.dials(a));
      }
    }
  }
}

void reaches_everyone_once(MeshShape shape) {
  for (const std::uint32_t count : {2U, 16U, 17U, 31U, 50U, 64U, 100U}) {
    const auto branches = ring(count);
    std::vector<Topology> at;
    for (const BranchId b : branches) {
      at.emplace_back(branches, b, 16, shape);
    }
    for (const BranchId origin : branches) {
      std::set<BranchId> reached{origin};
      std::vector<BranchId> edge{origin};
      std::size_t hops = 0;
      while (!edge.empty() && reached.size() < branches.size()) {
        ++hops;
        std::vector<BranchId> next;
        for (const BranchId from : edge) {
          const Topology& here = at[(from.value / 3) - 1];
          for (const BranchId to : here.neighbours()) {
            if (here.passes_on_at_once(origin, to)) {
              EXPECT_TRUE(reached.insert(to).second) << "twice";
              next.push_back(to);
            }
          }
        }
        edge = next;
      }
      EXPECT_EQ(reached.size(), branches.size()) << count;
      EXPECT_LE(std::size_t{1} << hops, 2 * branches.size());
    }
  }
}

TEST(Topology, WhoNeedsHelpHasAFirstHelperAndANextUpToTheLast) {
  for (const std::uint32_t count : {5U, 50U}) {
    const std::vector<BranchId> branches = ring(count);
    for (const BranchId to : branches) {
      std::set<std::size_t> places;
      const Topology needy(branches, to);
      for (const BranchId neighbour : needy.neighbours()) {
        places.insert(Topology(branches, neighbour).helpers_before(to));
      }
      EXPECT_EQ(*places.begin(), 0U);
      EXPECT_EQ(*places.rbegin(), needy.neighbours().size() - 1);
      EXPECT_EQ(places.size(), needy.neighbours().size()) << "each has its own";
    }
  }
  EXPECT_EQ(Topology(ring(5), BranchId{6}).helpers_before(BranchId{3}), 0U);
  EXPECT_EQ(Topology(ring(5), BranchId{15}).helpers_before(BranchId{3}), 3U);
  EXPECT_EQ(Topology(ring(50), BranchId{12}).helpers_before(BranchId{3}), 10U) << "no neighbour";
}

/// The number of hops of an entry to the branch at this ring distance from its origin.
int hops(std::uint32_t count, std::uint32_t distance, MeshShape shape) {
  const auto branches = ring(count);
  const BranchId origin = branches[0];
  int out = 0;
  for (BranchId at = branches[distance]; at != origin && out < 10; ++out) {
    at = Topology(branches, at, 16, shape).source_of(origin);
  }
  return out;
}

TEST(Topology, AnEntryMakesAHopForEachDigitOfItsDistance) {
  for (const auto& [distance, expected] : std::map<std::uint32_t, int>{
           {1, 1}, {2, 1}, {3, 2}, {5, 2}, {7, 3}, {15, 4}, {16, 1}, {23, 4}, {32, 1}, {57, 3}}) {
    EXPECT_EQ(hops(64, distance, MeshShape::binary), expected) << distance;
  }
}

TEST(Topology, WhereDigitsMayBeNegativeTheShorterWayIsTaken) {
  for (const auto& [distance, expected] : std::map<std::uint32_t, int>{
           {3, 2}, {5, 2}, {7, 2}, {11, 3}, {15, 2}, {16, 1}, {21, 3}, {23, 3}, {57, 2}}) {
    EXPECT_EQ(hops(64, distance, MeshShape::signed_binary), expected) << distance;
  }
  for (const auto& [distance, expected] : std::map<std::uint32_t, int>{
           {1, 1}, {2, 2}, {3, 1}, {4, 2}, {5, 3}, {8, 2}, {9, 1}, {13, 3}, {26, 2}, {78, 1}}) {
    EXPECT_EQ(hops(81, distance, MeshShape::ternary), expected) << distance;
  }
}

TEST(Topology, AGridIsCrossedByItsCornerOrWhereThatIsMissingByTheOther) {
  EXPECT_EQ(hops(25, 4, MeshShape::grid), 1);
  EXPECT_EQ(hops(25, 20, MeshShape::grid), 1);
  EXPECT_EQ(hops(25, 24, MeshShape::grid), 2);
  const auto branches = ring(25);
  EXPECT_EQ(Topology(branches, branches[7], 16, MeshShape::grid).source_of(branches[0]),
            branches[5]);
  const auto fewer = ring(22);  // the last row has two
  EXPECT_EQ(Topology(fewer, fewer[21], 16, MeshShape::grid).source_of(fewer[3]), fewer[1]);
}

TEST(Topology, EveryBranchGetsEveryOriginsEntriesFromOneNeighbourInFewHops) {
  for (const MeshShape shape :
       {MeshShape::binary, MeshShape::signed_binary, MeshShape::ternary, MeshShape::grid}) {
    reaches_everyone_once(shape);
  }
}

}  // namespace
}  // namespace passbook
