// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/streams.h"

#include <gmock/gmock.h>

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr BranchId kDialer{1};
constexpr BranchId kDialed{2};
constexpr LinkId kLink{1};

Setup slow_network() {
  Setup out;
  out.network.fastest = milliseconds(1);
  out.network.slowest = milliseconds(50);
  return out;
}

/// One stream, and the numbers that its two ends receive, with 0 for its end.
class StreamsTest : public testing::Test {
 protected:
  StreamsTest() { streams_.open(kDialer, kDialed); }

  void send(BranchId from, std::uint64_t number) {
    streams_.send(from, kLink, {TotalsRequest{.account = {}, .priority = {}, .round = number}});
  }

  /// Plays until nothing is under way any more.
  void play() {
    while (!world_.agenda.empty()) {
      world_.now = world_.agenda.next();
      Due due = world_.agenda.take();
      if (auto* reach = std::get_if<ReachEnd>(&due)) {
        streams_.happen(*reach);
      } else {
        streams_.happen(std::get<EndBreaks>(due));
      }
    }
  }

  void block(std::vector<Network::Way> ways) { network_.cut(1, std::move(ways)); }
  void heal() {
    network_.heal(1);
    streams_.retry();
  }

  World world_;
  Network network_{slow_network()};
  std::map<BranchId, std::vector<std::uint64_t>> heard_;
  Streams streams_{
      world_, network_, [this](BranchId branch, const passbook::Event& event) {
        if (const auto* received = std::get_if<Received>(&event)) {
          heard_[branch].push_back(std::get<TotalsRequest>(received->envelope.message).round);
        } else if (std::holds_alternative<LinkDown>(event)) {
          heard_[branch].push_back(0);
        }
      }};
};

TEST_F(StreamsTest, KeepTheOrderThoughSomeMessagesTakeLonger) {
  std::vector<std::uint64_t> sent;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    send(kDialer, i);
    sent.push_back(i);
  }
  send(kDialed, 7);
  play();
  EXPECT_EQ(heard_[kDialed], sent);
  EXPECT_THAT(heard_[kDialer], ElementsAre(7));
}

TEST_F(StreamsTest, HoldWhatCannotGetThroughAndGoOnInOrder) {
  send(kDialer, 1);
  block({{kDialer, kDialed}});
  send(kDialer, 2);
  send(kDialed, 7);
  play();
  EXPECT_THAT(heard_[kDialed], ElementsAre(1)) << "what is on its way arrives";
  EXPECT_THAT(heard_[kDialer], ElementsAre(7)) << "the other way is free";
  network_.heal(1);
  send(kDialer, 3);
  streams_.retry();
  play();
  EXPECT_THAT(heard_[kDialed], ElementsAre(1, 2, 3));
}

TEST_F(StreamsTest, TellTheOtherEndThatOneIsClosedAfterAllThatWasSent) {
  send(kDialer, 1);
  streams_.close(kDialer, kLink);
  EXPECT_THAT(heard_[kDialer], ElementsAre(0)) << "the one that closes knows at once";
  play();
  EXPECT_THAT(heard_[kDialed], ElementsAre(1, 0));
  send(kDialed, 2);
  streams_.close(kDialed, kLink);
  play();
  EXPECT_THAT(heard_[kDialer], ElementsAre(0)) << "it is over";
}

TEST_F(StreamsTest, TellOfAnEndOnceTheWayIsFree) {
  block({{kDialer, kDialed}, {kDialed, kDialer}});
  send(kDialer, 1);
  streams_.close(kDialer, kLink);
  play();
  EXPECT_THAT(heard_[kDialed], IsEmpty());
  heal();
  play();
  EXPECT_THAT(heard_[kDialed], ElementsAre(1, 0));
}

TEST_F(StreamsTest, TellOfAProcessThatDiedButNotOfAMachine) {
  streams_.vanish(kDialer, /*silently=*/true);
  play();
  EXPECT_THAT(heard_[kDialed], IsEmpty());
  send(kDialed, 1);
  play();
  EXPECT_THAT(heard_[kDialed], ElementsAre(0)) << "whoever sends to nobody is told";

  heard_.clear();
  streams_.open(kDialer, kDialed);
  streams_.vanish(kDialer, /*silently=*/false);
  play();
  EXPECT_THAT(heard_[kDialed], ElementsAre(0));
  EXPECT_THAT(heard_[kDialer], IsEmpty()) << "there is nobody to tell";
}

TEST(Streams, BreakForBothWhenAMessageIsLost) {
  sim::Setup setup;
  setup.network.lost_in_million = 1'000'000;
  World world;
  Network network(setup);
  std::vector<BranchId> down;
  Streams streams(world, network, [&](BranchId branch, const passbook::Event& event) {
    EXPECT_FALSE(std::holds_alternative<Received>(event));
    if (std::holds_alternative<LinkDown>(event)) {
      down.push_back(branch);
    }
  });
  streams.open(kDialer, kDialed);
  streams.send(kDialer, kLink, {Heartbeat{}});
  while (!world.agenda.empty()) {
    Due due = world.agenda.take();
    streams.happen(std::get<EndBreaks>(due));
  }
  EXPECT_THAT(down, testing::UnorderedElementsAre(kDialer, kDialed));
  EXPECT_EQ(world.coverage.faults["stream broken"], 1U);
}

/// The messages that reach the dialed end, and their delays.
std::vector<std::pair<std::size_t, Duration>> arrivals(const sim::Setup& setup,
                                                       std::vector<PeerMessage> messages) {
  World world;
  Network network(setup);
  std::vector<std::pair<std::size_t, Duration>> out;
  Streams streams(world, network, [&](BranchId, const passbook::Event& event) {
    if (const auto* received = std::get_if<Received>(&event)) {
      out.emplace_back(received->envelope.message.index(), world.now - Instant{});
    }
  });
  streams.open(kDialer, kDialed);
  for (PeerMessage& message : messages) {
    streams.send(kDialer, kLink, {std::move(message)});
  }
  while (!world.agenda.empty()) {
    world.now = world.agenda.next();
    Due due = world.agenda.take();
    if (auto* reach = std::get_if<ReachEnd>(&due)) {
      streams.happen(*reach);
    } else {
      streams.happen(std::get<EndBreaks>(due));
    }
  }
  return out;
}

TEST(Streams, DeliverLateFirstWordsBeforeAllThatFollows) {
  sim::Setup setup = slow_network();
  setup.network.late_hello_in_hundred = 100;
  setup.network.hello_late = std::chrono::seconds(100);
  const auto told = arrivals(setup, {Hello{}, Heartbeat{}});
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told.front().first, PeerMessage(Hello{}).index());
  EXPECT_GT(told.front().second, std::chrono::seconds(1));
  EXPECT_LT(told.back().second - told.front().second, std::chrono::seconds(1));
}

TEST(Streams, BreakWhenAMessageIsLargerThanTheyTake) {
  sim::Setup setup = slow_network();
  setup.network.message_most = 100;
  Progress large;
  large.own.resize(100);
  EXPECT_EQ(arrivals(setup, {Heartbeat{}, Progress{}}).size(), 2U);
  EXPECT_EQ(arrivals(setup, {Heartbeat{}, large, Heartbeat{}}).size(), 1U);
}

TEST(Streams, LetTheirMessagesBeAlteredAndTellWhomABranchHasOneWith) {
  World world;
  Network network(slow_network());
  std::vector<std::size_t> heard;
  Streams streams(world, network, [&](BranchId, const passbook::Event& event) {
    if (const auto* received = std::get_if<Received>(&event)) {
      heard.push_back(received->envelope.message.index());
    }
  });
  streams.alter = [](BranchId, Envelope& envelope) { envelope.message = Progress{}; };
  streams.open(kDialer, kDialed);
  EXPECT_THAT(streams.of(kDialed), ElementsAre(std::pair(kLink, kDialer)));
  streams.send(kDialer, kLink, {Heartbeat{}});
  Due due = world.agenda.take();
  streams.happen(std::get<ReachEnd>(due));
  EXPECT_THAT(heard, ElementsAre(PeerMessage(Progress{}).index()));
}

}  // namespace
}  // namespace passbook::sim
