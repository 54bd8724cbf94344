// SPDX-License-Identifier: Apache-2.0
#include "branch/links.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant kStart{seconds(100)};
constexpr Origin kLower{BranchId{1}};
constexpr Origin kGreater{BranchId{3}};

class LinksTest : public testing::Test {
 protected:
  /// What is dialed at a moment; the peers lost by it are kept in `lost`.
  std::vector<BranchId> dialed_at(Instant now) {
    Effects effects;
    lost = links.tick(now, effects);
    closed = effects.closes;
    return effects.dials;
  }

  Topology topology{{BranchId{1}, BranchId{2}, BranchId{3}}, BranchId{2}};
  BranchOptions options;
  Links links{topology, options};
  Effects out;
  std::vector<BranchId> lost;
  std::vector<LinkId> closed;
};

TEST_F(LinksTest, TheGreaterIdDials) {
  EXPECT_THAT(dialed_at(kStart), ElementsAre(BranchId{1}));
  EXPECT_THAT(dialed_at(kStart), IsEmpty()) << "it is under way";
}

TEST_F(LinksTest, AGreaterIdThatIsCalledIsDialedToo) {
  links.call(BranchId{3}, kStart + seconds(1));
  EXPECT_THAT(dialed_at(kStart), ElementsAre(BranchId{1}, BranchId{3}));
  links.dial_failed(BranchId{3}, kStart);
  links.up(LinkId{1}, BranchId{1}, kStart);
  EXPECT_EQ(links.wake(), kStart + options.redial_first);
  EXPECT_THAT(dialed_at(kStart + options.redial_first), ElementsAre(BranchId{3}));
  links.dial_failed(BranchId{3}, kStart + options.redial_first);
  EXPECT_THAT(dialed_at(kStart + seconds(1)), IsEmpty()) << "from now on it is the other's part";
}

TEST_F(LinksTest, AFailedDialIsTriedAgainLaterAndLater) {
  dialed_at(kStart);
  links.dial_failed(BranchId{1}, kStart);
  EXPECT_THAT(dialed_at(kStart + options.redial_first - Duration(1)), IsEmpty());
  EXPECT_EQ(links.wake(), kStart + options.redial_first);
  const Instant second = kStart + options.redial_first;
  EXPECT_THAT(dialed_at(second), ElementsAre(BranchId{1}));
  links.dial_failed(BranchId{1}, second);
  EXPECT_THAT(dialed_at(second + options.redial_first), IsEmpty());
  EXPECT_THAT(dialed_at(second + 2 * options.redial_first), ElementsAre(BranchId{1}));
}

TEST_F(LinksTest, APeerThatHangsUpAtOnceIsNotCalledAtOnceAgain) {
  dialed_at(kStart);
  links.up(LinkId{1}, BranchId{1}, kStart);
  links.close(LinkId{1}, kStart, out);
  EXPECT_THAT(dialed_at(kStart), IsEmpty());
  EXPECT_THAT(dialed_at(kStart + options.redial_first), ElementsAre(BranchId{1}));
}

TEST_F(LinksTest, APeerThatWasThereForLongIsCalledAtOnceWhenItIsLost) {
  dialed_at(kStart);
  links.up(LinkId{1}, BranchId{1}, kStart);
  links.establish(LinkId{1}, kLower, kStart, out);
  const Instant later = kStart + seconds(2);
  EXPECT_EQ(links.down(LinkId{1}, later), BranchId{1});
  EXPECT_THAT(dialed_at(later), ElementsAre(BranchId{1}));
}

TEST_F(LinksTest, OfTwoStreamsBothSidesKeepTheOneThatTheGreaterIdOpened) {
  links.up(LinkId{1}, BranchId{3}, kStart);   // opened here, by the smaller
  links.up(LinkId{2}, std::nullopt, kStart);  // opened by 3
  EXPECT_TRUE(links.establish(LinkId{1}, kGreater, kStart, out));
  EXPECT_TRUE(links.establish(LinkId{2}, kGreater, kStart, out));
  EXPECT_THAT(out.closes, ElementsAre(LinkId{1}));
  EXPECT_EQ(links.established().at(BranchId{3}), LinkId{2});
  links.up(LinkId{4}, BranchId{3}, kStart);
  EXPECT_FALSE(links.establish(LinkId{4}, kGreater, kStart, out)) << "also in the other order";
}

TEST_F(LinksTest, ANewStreamOfTheSameSideReplacesTheOld) {
  links.up(LinkId{1}, std::nullopt, kStart);
  links.up(LinkId{2}, std::nullopt, kStart);
  links.establish(LinkId{1}, kGreater, kStart, out);
  EXPECT_TRUE(links.establish(LinkId{2}, kGreater, kStart, out));
  EXPECT_EQ(links.down(LinkId{1}, kStart), std::nullopt) << "nobody is cut off by that";
  EXPECT_TRUE(links.connected(BranchId{3}));
}

TEST_F(LinksTest, TheStreamOfAnotherProcessOfThePeerIsDead) {
  links.up(LinkId{1}, std::nullopt, kStart);
  links.up(LinkId{2}, BranchId{3}, kStart);
  links.establish(LinkId{1}, kGreater, kStart, out, ProcessId{1, 7});
  EXPECT_TRUE(links.establish(LinkId{2}, kGreater, kStart, out, ProcessId{2, 8}))
      << "though the smaller opened it";
  EXPECT_THAT(out.closes, ElementsAre(LinkId{1}));
}

TEST_F(LinksTest, ABranchThatMissesItsOwnOldLogDoesNotDialItself) {
  links.want(BranchId{2}, kStart);
  EXPECT_THAT(dialed_at(kStart), ElementsAre(BranchId{1}));
}

TEST_F(LinksTest, AStreamThatIsSilentIsTornDown) {
  links.up(LinkId{2}, std::nullopt, kStart);
  links.establish(LinkId{2}, kGreater, kStart, out);
  links.heard(LinkId{2}, kStart + seconds(1));
  dialed_at(kStart + options.link_timeout);
  EXPECT_THAT(lost, IsEmpty());
  dialed_at(kStart + seconds(1) + options.link_timeout);
  EXPECT_THAT(lost, ElementsAre(BranchId{3}));
  EXPECT_THAT(closed, ElementsAre(LinkId{2}));
}

TEST_F(LinksTest, AStreamOverWhichNobodySaysWhoTheyAreIsTornDown) {
  links.up(LinkId{2}, std::nullopt, kStart);
  dialed_at(kStart + options.link_timeout);
  EXPECT_THAT(closed, ElementsAre(LinkId{2}));
}

TEST(LinksInALargeBank, AStreamThatIsNoLongerWantedIsClosed) {
  std::vector<BranchId> ids;
  for (std::uint32_t i = 1; i <= 40; ++i) {
    ids.emplace_back(i);
  }
  const Topology topology(ids, BranchId{40});
  const BranchOptions options;
  Links links(topology, options);
  const BranchId far{11};
  ASSERT_FALSE(topology.is_neighbour(far));
  links.want(far, kStart);
  Effects out;
  links.tick(kStart, out);
  EXPECT_THAT(out.dials, testing::Contains(far));
  links.up(LinkId{1}, far, kStart);
  links.establish(LinkId{1}, {far}, kStart, out);
  for (Instant now = kStart; now < kStart + options.linger; now += seconds(1)) {
    links.heard(LinkId{1}, now);
    EXPECT_THAT(links.tick(now, out), IsEmpty());
  }
  EXPECT_THAT(links.tick(kStart + options.linger, out), ElementsAre(far));
}

}  // namespace
}  // namespace passbook
