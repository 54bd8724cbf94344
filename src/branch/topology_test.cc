// SPDX-License-Identifier: Apache-2.0
#include "branch/topology.h"

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
  // Steps 1, 2, 4, 8, 16 and 32 (which is 18 the other way, and so no power of two from there).
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

TEST(Topology, EveryBranchGetsEveryOriginsEntriesFromOneNeighbourInFewHops) {
  for (const MeshShape shape :
       {MeshShape::binary, MeshShape::signed_binary, MeshShape::ternary, MeshShape::grid}) {
    reaches_everyone_once(shape);
  }
}

}  // namespace
}  // namespace passbook
