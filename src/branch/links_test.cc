// SPDX-License-Identifier: Apache-2.0
#include "branch/links.h"

#include <fmt/format.h>

#include <set>

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant kStart{seconds(100)};
constexpr Origin kLower{BranchId{1}};
constexpr Origin kGreater{BranchId{3}};

std::vector<BranchId> ids_up_to(std::uint32_t last) {
  std::vector<BranchId> out;
  for (std::uint32_t id = 1; id <= last; ++id) {
    out.emplace_back(id);
  }
  return out;
}

class LinksTest : public testing::Test {
 protected:
  /// The peers dialed at a moment. The peers lost at it are kept in `lost`.
  std::vector<BranchId> dialed_at(Instant now) {
    Effects effects;
    lost = links.tick(now, effects);
    closed = effects.closes;
    std::ranges::move(effects.observations, std::back_inserter(out.observations));
    return effects.dials;
  }

  /// The observations since the last call, in words.
  std::vector<std::string> told() {
    std::vector<std::string> words;
    for (const Observation& observation : std::exchange(out.observations, {})) {
      if (const auto* connected = std::get_if<PeerConnected>(&observation)) {
        words.push_back(fmt::format("branch {} connected", connected->peer.branch.value));
      } else if (const auto* lost_one = std::get_if<PeerLost>(&observation)) {
        words.push_back(
            fmt::format("branch {} lost: {}", lost_one->peer.branch.value, lost_one->why));
      } else if (const auto* away = std::get_if<PeerUnreachable>(&observation)) {
        words.push_back(fmt::format("branch {} not reached: {}", away->peer.value, away->why));
      }
    }
    return words;
  }

  Topology topology{{BranchId{1}, BranchId{2}, BranchId{3}}, BranchId{2}};
  BranchOptions options;
  Patience patience{options};
  Links links{topology, options, patience};
  Effects out;
  std::vector<BranchId> lost;
  std::vector<LinkId> closed;
};

TEST_F(LinksTest, TheGreaterIdDials) {
  EXPECT_THAT(dialed_at(kStart), ElementsAre(BranchId{1}));
  EXPECT_THAT(dialed_at(kStart), IsEmpty()) << "it is under way";
}

TEST_F(LinksTest, OfAStreamThatEndsBeforeItsPeerSaysWhoItIsNobodyIsTold) {
  links.up(LinkId{7}, std::nullopt, kStart);
  EXPECT_EQ(links.down({LinkId{7}, "broke"}, kStart, out), std::nullopt);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(LinksTest, AGreaterIdThatIsCalledIsDialedToo) {
  links.call(BranchId{3}, kStart + seconds(1));
  EXPECT_THAT(dialed_at(kStart), ElementsAre(BranchId{1}, BranchId{3}));
  links.dial_failed({BranchId{3}, "refused"}, kStart, out);
  links.up(LinkId{1}, BranchId{1}, kStart);
  EXPECT_GE(links.wake(), kStart + options.redial_first / 2);
  EXPECT_LE(links.wake(), kStart + options.redial_first);
  EXPECT_THAT(dialed_at(links.wake()), ElementsAre(BranchId{3}));
  links.dial_failed({BranchId{3}, "refused"}, kStart + options.redial_first, out);
  EXPECT_THAT(dialed_at(kStart + seconds(1)), IsEmpty()) << "from now on it is the other's part";
}

TEST_F(LinksTest, AFailedDialIsTriedAgainLaterAndLater) {
  dialed_at(kStart);
  links.dial_failed({BranchId{1}, "refused"}, kStart, out);
  EXPECT_THAT(dialed_at(kStart + options.redial_first / 2 - Duration(1)), IsEmpty());
  const Instant second = links.wake();
  EXPECT_LE(second, kStart + options.redial_first);
  EXPECT_THAT(dialed_at(second), ElementsAre(BranchId{1}));
  links.dial_failed({BranchId{1}, "refused"}, second, out);
  EXPECT_THAT(dialed_at(second + options.redial_first - Duration(1)), IsEmpty());
  EXPECT_THAT(dialed_at(second + 2 * options.redial_first), ElementsAre(BranchId{1}));
}

TEST_F(LinksTest, APeerThatHangsUpAtOnceIsNotCalledAtOnceAgain) {
  dialed_at(kStart);
  links.up(LinkId{1}, BranchId{1}, kStart);
  links.close(LinkId{1}, "test", kStart, out);
  EXPECT_THAT(dialed_at(kStart), IsEmpty());
  EXPECT_THAT(dialed_at(kStart + options.redial_first), ElementsAre(BranchId{1}));
}

TEST_F(LinksTest, APeerThatWasThereForLongIsCalledAtOnceWhenItIsLost) {
  dialed_at(kStart);
  links.up(LinkId{1}, BranchId{1}, kStart);
  links.establish(LinkId{1}, kLower, kStart, out);
  const Instant later = kStart + seconds(2);
  EXPECT_EQ(links.down({LinkId{1}, "test"}, later, out), BranchId{1});
  EXPECT_THAT(dialed_at(later), ElementsAre(BranchId{1}));
}

TEST_F(LinksTest, OfTwoStreamsBothSidesKeepTheOneThatTheGreaterIdOpened) {
  links.up(LinkId{1}, BranchId{3}, kStart);   // opened here, by the smaller id
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
  EXPECT_EQ(links.down({LinkId{1}, "test"}, kStart, out), std::nullopt)
      << "nobody is cut off by that";
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

TEST_F(LinksTest, WhoIsLateItselfJudgesNobodyForThatTime) {
  links.up(LinkId{2}, std::nullopt, kStart);
  links.establish(LinkId{2}, kGreater, kStart, out);
  patience.came_late(seconds(2));
  dialed_at(kStart + options.link_timeout + seconds(2) - Duration(1));
  EXPECT_THAT(lost, IsEmpty());
  EXPECT_EQ(links.wake(), kStart + options.link_timeout + seconds(2));
  dialed_at(kStart + options.link_timeout + seconds(2));
  EXPECT_THAT(lost, ElementsAre(BranchId{3}));
}

TEST_F(LinksTest, WhoIsHeardAfterwardsIsJudgedAsBefore) {
  links.up(LinkId{2}, std::nullopt, kStart);
  links.establish(LinkId{2}, kGreater, kStart, out);
  patience.came_late(seconds(2));
  links.heard(LinkId{2}, kStart + seconds(2));
  dialed_at(kStart + seconds(2) + options.link_timeout);
  EXPECT_THAT(lost, ElementsAre(BranchId{3}));
}

TEST_F(LinksTest, AfterThreeTimeoutsItJudgesHoweverLateItIs) {
  links.up(LinkId{2}, std::nullopt, kStart);
  links.establish(LinkId{2}, kGreater, kStart, out);
  patience.came_late(std::chrono::hours(1));
  dialed_at(kStart + 3 * options.link_timeout - Duration(1));
  EXPECT_THAT(lost, IsEmpty());
  dialed_at(kStart + 3 * options.link_timeout);
  EXPECT_THAT(lost, ElementsAre(BranchId{3}));
}

TEST(LinksThatBroke, AreNotDialedAgainAllAtTheSameMoment) {
  const BranchOptions options;
  const Patience patience(options);
  std::set<Instant> redials;
  const std::vector<BranchId> ids = ids_up_to(12);
  for (std::uint32_t i = 2; i <= 12; ++i) {
    const Topology topology(ids, BranchId{i});
    Links links(topology, options, patience);
    Effects out;
    links.tick(kStart, out);
    for (const BranchId peer : out.dials) {
      links.dial_failed({peer, "refused"}, kStart, out);
    }
    redials.insert(links.wake());
  }
  EXPECT_GT(redials.size(), 8U);
}

TEST_F(LinksTest, TellsWhoIsConnectedAndWhyWhoWasLost) {
  links.up(LinkId{2}, std::nullopt, kStart);
  links.establish(LinkId{2}, kGreater, kStart, out);
  EXPECT_THAT(told(), ElementsAre("branch 3 connected"));
  EXPECT_EQ(links.contact(BranchId{3}).since, kStart);
  dialed_at(kStart + options.link_timeout);
  EXPECT_THAT(told(), ElementsAre("branch 3 lost: silent for 3 s"));
  links.up(LinkId{4}, std::nullopt, kStart);
  links.establish(LinkId{4}, kGreater, kStart, out);
  links.up(LinkId{5}, std::nullopt, kStart);
  links.establish(LinkId{5}, kGreater, kStart, out);
  EXPECT_THAT(told(), ElementsAre("branch 3 connected", "branch 3 lost: replaced by a newer stream",
                                  "branch 3 connected"));
  links.down({LinkId{5}, "closed by the peer"}, kStart + seconds(9), out);
  EXPECT_THAT(told(), ElementsAre("branch 3 lost: closed by the peer"));
  EXPECT_EQ(links.contact(BranchId{3}).since, kStart + seconds(9));
  EXPECT_EQ(links.contact(BranchId{3}).last_end, "closed by the peer");
}

TEST_F(LinksTest, TellsWhyAPeerCanNotBeReachedOnceAnOutage) {
  dialed_at(kStart);
  for (int attempt = 0; attempt < 3; ++attempt) {
    links.dial_failed({BranchId{1}, "refused"}, kStart, out);
  }
  EXPECT_THAT(told(), ElementsAre("branch 1 not reached: refused"));
  links.up(LinkId{1}, BranchId{1}, kStart);
  links.down({LinkId{1}, "the wrong listener"}, kStart, out);
  links.dial_failed({BranchId{1}, "refused"}, kStart, out);
  EXPECT_THAT(told(), ElementsAre("branch 1 not reached: the wrong listener"));
  EXPECT_EQ(links.contact(BranchId{1}).unreachable, "refused");
  links.up(LinkId{2}, BranchId{1}, kStart);
  links.establish(LinkId{2}, kLower, kStart, out);
  EXPECT_EQ(links.contact(BranchId{1}).unreachable, "");
  links.down({LinkId{2}, "closed by the peer"}, kStart, out);
  links.dial_failed({BranchId{1}, "refused"}, kStart, out);
  EXPECT_THAT(told(), ElementsAre("branch 1 connected", "branch 1 lost: closed by the peer",
                                  "branch 1 not reached: refused"));
}

TEST_F(LinksTest, AStreamOverWhichNobodySaysWhoTheyAreIsTornDown) {
  links.up(LinkId{2}, std::nullopt, kStart);
  dialed_at(kStart + options.link_timeout);
  EXPECT_THAT(closed, ElementsAre(LinkId{2}));
}

TEST(LinksInALargeBank, AStreamThatIsNoLongerWantedIsClosed) {
  const std::vector<BranchId> ids = ids_up_to(40);
  const Topology topology(ids, BranchId{40});
  const BranchOptions options;
  const Patience patience(options);
  Links links(topology, options, patience);
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

TEST(LinksInALargeBank, ThoseWhoAreNoNeighboursAreCalledAFewAtATime) {
  const std::vector<BranchId> ids = ids_up_to(60);
  const Topology topology(ids, BranchId{60});
  const BranchOptions options;
  const Patience patience(options);
  Links links(topology, options, patience);
  for (const BranchId peer : ids) {
    links.want(peer, kStart);
  }
  Effects out;
  links.tick(kStart, out);
  EXPECT_EQ(out.dials.size(), topology.neighbours().size() + 1);
  EXPECT_GT(links.wake(), kStart) << "until it is known how that call goes";
  std::set<BranchId> called(out.dials.begin(), out.dials.end());
  std::uint64_t link = 0;
  for (Instant now = kStart; now < kStart + seconds(2); now += milliseconds(2)) {
    for (const BranchId peer : std::exchange(out.dials, {})) {
      links.up(LinkId{++link}, peer, now);
      called.insert(peer);
    }
    links.tick(now, out);
    EXPECT_LE(out.dials.size(), 8U);
  }
  EXPECT_EQ(called.size(), 59U);
}

// Heartbeats.

TEST_F(LinksTest, AnIdleStreamSaysThatItLivesAndAtTimesAsksHowFarThePeerIs) {
  links.up(LinkId{1}, std::nullopt, kStart);
  links.establish(LinkId{1}, kLower, kStart, out);
  for (int beat = 1; beat <= 20; ++beat) {
    const Instant due = kStart + beat * options.heartbeat_every;
    links.heard(LinkId{1}, due - milliseconds(1));
    EXPECT_EQ(links.wake(), due);
    Effects effects;
    links.tick(due - Duration(1), effects);
    EXPECT_TRUE(effects.sends.empty());
    links.tick(due, effects);
    ASSERT_EQ(effects.sends.size(), 1U);
    EXPECT_EQ(effects.sends[0].envelope, (Envelope{Heartbeat{.asks = beat % 10 == 0}}));
  }
}

// Peers that are refused.

TEST_F(LinksTest, OfOneOutageEachReasonOfARefusalIsToldOnce) {
  EXPECT_TRUE(links.refused_anew(kLower.branch, "it belongs to another bank"));
  EXPECT_FALSE(links.refused_anew(kLower.branch, "it belongs to another bank"));
  EXPECT_TRUE(links.refused_anew(kGreater.branch, "it belongs to another bank"));
  EXPECT_TRUE(links.refused_anew(kLower.branch, "it is over"));
  EXPECT_FALSE(links.refused_anew(kLower.branch, "it belongs to another bank"));
  links.up(LinkId{1}, std::nullopt, kStart);
  links.establish(LinkId{1}, kLower, kStart, out);
  EXPECT_TRUE(links.refused_anew(kLower.branch, "it belongs to another bank"))
      << "it was connected";
  EXPECT_FALSE(links.refused_anew(kGreater.branch, "it belongs to another bank"));
}

TEST_F(LinksTest, StrangersHaveNoMoreThanFourReasonsTogether) {
  std::size_t told = 0;
  for (std::uint32_t id = 100; id < 200; ++id) {
    told +=
        links.refused_anew(BranchId{id}, fmt::format("a peer calls itself branch {}", id)) ? 1 : 0;
  }
  EXPECT_EQ(told, 4U);
  EXPECT_TRUE(links.refused_anew(kLower.branch, "it belongs to another bank"));
}

}  // namespace
}  // namespace passbook
