// SPDX-License-Identifier: Apache-2.0
// Heartbeats on streams, and the round-trip times measured with them.
#include <gmock/gmock.h>

#include "branch/links.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Instant kStart{seconds(100)};
constexpr LinkId kLink{2};
constexpr Origin kThree{BranchId{3}};

/// Branch 2 of three, which branch 1 does not call.
class LinksHeartbeat : public testing::Test {
 protected:
  void SetUp() override {
    links.tick(kStart, out);
    links.up(LinkId{1}, BranchId{1}, kStart);
    links.establish(LinkId{1}, Origin{BranchId{1}}, kStart, out);
    links.up(kLink, std::nullopt, kStart);
    out = {};
    links.establish(kLink, kThree, kStart, out, {.counter = 4, .nonce = 44});
  }

  /// The messages to branch 3 at a moment at which both peers were heard.
  std::vector<Heartbeat> said_at(Instant now) {
    links.heard(LinkId{1}, now);
    links.heard(kLink, now);
    Effects effects;
    links.tick(now, effects);
    return heartbeats(effects);
  }

  static std::vector<Heartbeat> heartbeats(const Effects& effects) {
    std::vector<Heartbeat> said;
    for (const SendMessage& send : effects.sends) {
      if (send.link == kLink) {
        said.push_back(std::get<Heartbeat>(send.envelope.message));
      }
    }
    return said;
  }

  Topology topology{{BranchId{1}, BranchId{2}, BranchId{3}}, BranchId{2}};
  BranchOptions options;
  Patience patience{options};
  Links links{topology, options, patience};
  Effects out;
};

TEST_F(LinksHeartbeat, AskAtFirstAndAtEachTenthTime) {
  EXPECT_THAT(heartbeats(out), ElementsAre(Heartbeat{.asks = true}));
  for (int i = 1; i <= 20; ++i) {
    EXPECT_THAT(said_at(kStart + seconds(i) - Duration(1)), IsEmpty()) << i;
    EXPECT_EQ(links.wake(), kStart + seconds(i)) << i;
    EXPECT_THAT(said_at(kStart + seconds(i)), ElementsAre(Heartbeat{.asks = i % 10 == 0})) << i;
  }
}

TEST_F(LinksHeartbeat, AreNotNeededWhereOtherThingsAreSaidButForAsking) {
  for (int i = 1; i <= 19; ++i) {
    const Instant now = kStart + i * milliseconds(500);
    links.send(BranchId{3}, Progress{}, now, out);
    EXPECT_THAT(said_at(now), IsEmpty());
  }
  EXPECT_THAT(said_at(kStart + seconds(10)), ElementsAre(Heartbeat{.asks = true}));
}

TEST_F(LinksHeartbeat, TellHowFarAPeerIsOncePerQuestion) {
  EXPECT_EQ(links.answered(BranchId{3}, kStart + milliseconds(70)), milliseconds(70));
  EXPECT_EQ(links.answered(BranchId{3}, kStart + milliseconds(90)), std::nullopt);
  said_at(kStart + seconds(10));
  EXPECT_EQ(links.answered(BranchId{3}, kStart + seconds(11)), seconds(1));
}

TEST_F(LinksHeartbeat, ABranchWakesWhenAStreamWouldBeSilent) {
  said_at(kStart + seconds(1));
  links.send(BranchId{1}, Progress{}, kStart + seconds(3), out);
  links.send(BranchId{3}, Progress{}, kStart + seconds(3), out);
  links.heard(LinkId{1}, kStart + seconds(3));
  EXPECT_EQ(links.wake(), kStart + seconds(4));
  links.send(BranchId{1}, Progress{}, kStart + milliseconds(3'900), out);
  links.send(BranchId{3}, Progress{}, kStart + milliseconds(3'900), out);
  EXPECT_EQ(links.wake(), kStart + seconds(4)) << "three seconds after it was heard";
}

TEST_F(LinksHeartbeat, AStreamIsKnownByItsPeerAndItsProcess) {
  EXPECT_TRUE(links.open(kLink));
  EXPECT_EQ(links.peer(kLink), kThree);
  EXPECT_EQ(links.origin(BranchId{3}), kThree);
  EXPECT_EQ(links.process(BranchId{3}), (ProcessId{.counter = 4, .nonce = 44}));
  EXPECT_EQ(links.process(BranchId{2}), std::nullopt);
  EXPECT_EQ(links.dialed(kLink), std::nullopt);
  EXPECT_EQ(links.dialed(LinkId{1}), BranchId{1});
  EXPECT_EQ(links.peer(LinkId{9}), std::nullopt);
  EXPECT_EQ(links.dialed(LinkId{9}), std::nullopt);
}

TEST_F(LinksHeartbeat, HowItHasBeenWithAPeerIsKnown) {
  EXPECT_EQ(links.contact(BranchId{3}).since, kStart);
  EXPECT_EQ(links.contact(BranchId{3}).last_end, "");
  const Instant then = kStart + seconds(2);
  EXPECT_EQ(links.down({LinkId{1}, "reset"}, then, out), BranchId{1});
  EXPECT_EQ(links.contact(BranchId{1}).since, then);
  EXPECT_EQ(links.contact(BranchId{1}).last_end, "reset");
  EXPECT_EQ(links.contact(BranchId{1}).unreachable, "");
  links.dial_failed({BranchId{1}, "refused"}, then + seconds(1), out);
  EXPECT_EQ(links.contact(BranchId{1}).since, then) << "since it was lost";
  EXPECT_EQ(links.contact(BranchId{1}).unreachable, "refused");
  links.up(LinkId{5}, BranchId{1}, then + seconds(2));
  links.establish(LinkId{5}, Origin{BranchId{1}}, then + seconds(2), out);
  EXPECT_EQ(links.contact(BranchId{1}).since, then + seconds(2));
  EXPECT_EQ(links.contact(BranchId{1}).unreachable, "");
  EXPECT_EQ(links.contact(BranchId{1}).last_end, "reset");
  EXPECT_EQ(links.contact(BranchId{2}).since, std::nullopt);
}

TEST_F(LinksHeartbeat, WhoCanNotBeReachedOverAnotherStreamIsReachedAllTheSame) {
  out = {};
  links.dial_failed({BranchId{1}, "refused"}, kStart, out);
  EXPECT_THAT(out.observations, IsEmpty());
  EXPECT_EQ(links.contact(BranchId{1}).unreachable, "");
}

TEST_F(LinksHeartbeat, AnotherStreamThatEndsTakesNoPeerAway) {
  links.up(LinkId{7}, std::nullopt, kStart);
  EXPECT_EQ(links.down({LinkId{7}, "reset"}, kStart, out), std::nullopt);
  EXPECT_EQ(links.down({LinkId{8}, "reset"}, kStart, out), std::nullopt);
  EXPECT_TRUE(links.connected(BranchId{3}));
  EXPECT_EQ(links.close(kLink, "refused", kStart, out), BranchId{3});
  EXPECT_THAT(out.closes, ElementsAre(kLink));
  EXPECT_FALSE(links.open(kLink));
  EXPECT_FALSE(links.connected(BranchId{3}));
}

}  // namespace
}  // namespace passbook
